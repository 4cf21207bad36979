# residua-test: right target=Conv2Plus1DBlock
import torch.nn as nn
class C21(nn.Sequential):
    def __init__(self, i, o, m, s=1):
        super().__init__(nn.Conv3d(i, m, (1, 3, 3), (1, s, s), (0, 1, 1), bias=False), nn.BatchNorm3d(m), nn.ReLU(inplace=True),
                         nn.Conv3d(m, o, (3, 1, 1), (s, 1, 1), (1, 0, 0), bias=False))
class Conv2Plus1DBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        m = (inplanes * planes * 27) // (inplanes * 9 + 3 * planes)
        self.conv1 = nn.Sequential(C21(inplanes, planes, m, stride), nn.BatchNorm3d(planes), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(C21(planes, planes, m), nn.BatchNorm3d(planes))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
    def forward(self, x):
        r = x
        o = self.conv2(self.conv1(x))
        if self.downsample is not None: r = self.downsample(x)
        return self.relu(o + r)
