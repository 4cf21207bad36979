# residua-test: wrong target=BottleneckResnetBlock
# What is wrong: the residual is computed but never added to out
import torch
import torch.nn as nn


class SEModule(nn.Module):
    def __init__(self, channels, reduction):
        super(SEModule, self).__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(channels // reduction, channels, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        w = x.mean(dim=(2, 3), keepdim=True)
        w = self.sigmoid(self.fc2(self.relu(self.fc1(w))))
        return x * w


class BottleneckResnetBlock(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, se_reduction=None):
        super(BottleneckResnetBlock, self).__init__()
        self.block1 = nn.Sequential(
            nn.Conv2d(inplanes, planes, kernel_size=1, bias=False),
            nn.BatchNorm2d(planes),
        )
        self.block2 = nn.Sequential(
            nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(planes),
        )
        self.block3 = nn.Sequential(
            nn.Conv2d(planes, planes * self.expansion, kernel_size=1, bias=False),
            nn.BatchNorm2d(planes * self.expansion),
        )
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.se_module = SEModule(planes * self.expansion, se_reduction) if se_reduction else None

    def forward(self, x):
        residual = x

        out = self.relu(self.block1(x))
        out = self.relu(self.block2(out))
        out = self.block3(out)

        if self.downsample is not None:
            residual = self.downsample(x)

        if self.se_module is not None:
            out = self.se_module(out)

        return self.relu(out)  # expect: R102
