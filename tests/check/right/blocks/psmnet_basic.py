# residua-test: right target=PSMNetBasic style='linear-output basic'
import torch.nn as nn


class PSMNetBasic(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride, downsample, pad, dilation):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(inplanes, planes, 3, stride, dilation if dilation > 1 else pad, dilation, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(nn.Conv2d(planes, planes, 3, 1, dilation if dilation > 1 else pad, dilation, bias=False), nn.BatchNorm2d(planes))
        self.downsample = downsample

    def forward(self, x):
        out = self.conv1(x)
        out = self.conv2(out)
        if self.downsample is not None:
            x = self.downsample(x)
        out += x
        return out
