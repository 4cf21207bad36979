# residua-test: wrong target=SlowPathway
# What is wrong: The main path strides only in space (1, s, s) but the projection on the skip strides in time as well (s, s, s), so the two cannot be added when stride is 2.
import torch
import torch.nn as nn


class Bottleneck3D(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None, t_kernel=1):
        super(Bottleneck3D, self).__init__()
        self.conv1 = nn.Conv3d(inplanes, planes, kernel_size=(t_kernel, 1, 1),
                               padding=(t_kernel // 2, 0, 0), bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        # frames are kept, only H and W get smaller
        self.conv2 = nn.Conv3d(planes, planes, kernel_size=(1, 3, 3),
                               stride=(1, stride, stride), padding=(0, 1, 1), bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.conv3 = nn.Conv3d(planes, planes * 4, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm3d(planes * 4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x):
        residual = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            residual = self.downsample(x)
        out = out + residual
        return self.relu(out)


class SlowPathway(nn.Module):
    """Slow half of a two pathway video net. Input: N x 3 x T x H x W, T is never reduced."""

    def __init__(self, layers=(1, 1, 1), base=16, num_classes=10):
        super(SlowPathway, self).__init__()
        self.inplanes = base
        self.stem = nn.Sequential(
            nn.Conv3d(3, base, kernel_size=(1, 7, 7), stride=(1, 2, 2), padding=(0, 3, 3), bias=False),
            nn.BatchNorm3d(base),
            nn.ReLU(inplace=True),
        )
        self.res2 = self._make_layer(base, layers[0], stride=1, t_kernel=1)
        self.res3 = self._make_layer(base * 2, layers[1], stride=2, t_kernel=1)
        self.res4 = self._make_layer(base * 4, layers[2], stride=2, t_kernel=3)
        self.fc = nn.Linear(base * 16, num_classes)

    def _make_layer(self, planes, blocks, stride, t_kernel):
        downsample = None
        if stride != 1 or self.inplanes != planes * Bottleneck3D.expansion:
            downsample = nn.Sequential(
                nn.Conv3d(self.inplanes, planes * Bottleneck3D.expansion,  # expect: R114
                          kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm3d(planes * Bottleneck3D.expansion),
            )
        blks = [Bottleneck3D(self.inplanes, planes, stride, downsample, t_kernel)]
        self.inplanes = planes * Bottleneck3D.expansion
        for _ in range(1, blocks):
            blks.append(Bottleneck3D(self.inplanes, planes, t_kernel=t_kernel))
        return nn.Sequential(*blks)

    def forward(self, x):
        x = self.stem(x)
        x = self.res4(self.res3(self.res2(x)))
        x = x.mean(dim=(2, 3, 4))
        return self.fc(x)
