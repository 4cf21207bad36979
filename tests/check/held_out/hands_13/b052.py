# residua-test: wrong target=CueEncoder
# What is wrong: The 1x1 projection misses the stride, so the shapes differ at every strided stage.
import torch
import torch.nn as nn


def conv3x3(in_planes, out_planes, stride=1):
    """3x3 convolution with padding"""
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


def conv1x1(in_planes, out_planes, stride=1):
    """1x1 convolution"""
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super(BasicBlock, self).__init__()
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.in1 = nn.InstanceNorm2d(planes, affine=True)
        self.relu = nn.LeakyReLU(0.1, inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.in2 = nn.InstanceNorm2d(planes, affine=True)
        self.downsample = downsample

    def forward(self, x):
        residual = x
        out = self.relu(self.in1(self.conv1(x)))
        out = self.in2(self.conv2(out))
        if self.downsample is not None:
            residual = self.downsample(x)
        out += residual
        return self.relu(out)


class CueEncoder(nn.Module):
    def __init__(self, layers=(2, 2, 2), widths=(16, 32, 64), strides=(1, 2, 2)):
        super(CueEncoder, self).__init__()
        self.inplanes = 16
        self.stem = nn.Sequential(conv3x3(3, 16), nn.InstanceNorm2d(16, affine=True), nn.LeakyReLU(0.1, inplace=True))
        self.stages = nn.ModuleList([
            self._make_layer(BasicBlock, w, n, s) for w, n, s in zip(widths, layers, strides)
        ])

    def _make_layer(self, block, planes, blocks, stride=1):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                conv1x1(self.inplanes, planes * block.expansion),  # expect: R110
                nn.InstanceNorm2d(planes * block.expansion, affine=True),
            )

        layers = [block(self.inplanes, planes, stride, downsample)]
        self.inplanes = planes * block.expansion
        for _ in range(1, blocks):
            layers.append(block(self.inplanes, planes))
        return nn.Sequential(*layers)

    def forward(self, x):
        outs = []
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
            outs.append(x)
        return outs
