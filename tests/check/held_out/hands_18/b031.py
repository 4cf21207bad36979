# residua-test: wrong target=SmallResNet
# What is wrong: InstanceNorm2d has no affine weights by default, so with zero_init_residual=True the init of the last norm fails; the instance norm must be affine=True.
import torch
import torch.nn as nn


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, norm_layer, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = norm_layer(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), norm_layer(planes))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + identity)


class SmallResNet(nn.Module):
    NORMS = {
        'batch': nn.BatchNorm2d,
        'instance': nn.InstanceNorm2d,  # expect: R161
    }

    def __init__(self, num_classes=10, norm='batch', zero_init_residual=False):
        super().__init__()
        norm_layer = self.NORMS[norm]
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), norm_layer(16), nn.ReLU())
        self.body = nn.Sequential(
            BasicBlock(16, 16, norm_layer), BasicBlock(16, 32, norm_layer, 2), BasicBlock(32, 64, norm_layer, 2))
        self.fc = nn.Linear(64, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn2.weight, 0)

    def forward(self, x):
        x = self.body(self.stem(x))
        return self.fc(x.mean(dim=(2, 3)))
