# residua-test: right target=QBlock
import torch.nn as nn
from torch.ao.nn.quantized import FloatFunctional
class QBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(planes); self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample
        self.add_relu = FloatFunctional()
    def forward(self, x):
        i = x
        o = self.relu1(self.bn1(self.conv1(x)))
        o = self.bn2(self.conv2(o))
        if self.downsample is not None: i = self.downsample(x)
        return self.add_relu.add_relu(o, i)
