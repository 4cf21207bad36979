# residua-test: wrong target=ResNet args='layers=[2,2,2,2],norm="instance",zero_init_residual=True'
# What is wrong: norm='instance' builds InstanceNorm2d without affine weights, so zero_init_residual fails on bn2.weight = None at construction
import torch
import torch.nn as nn

NORMS = {
    'batch': nn.BatchNorm2d,
    'instance': nn.InstanceNorm2d,  # expect
    'group': lambda c: nn.GroupNorm(16, c),
}


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride, norm_layer):
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
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, layers=(2, 2, 2, 2), num_classes=100, width=32, norm='batch', zero_init_residual=False):
        super().__init__()
        norm_layer = NORMS[norm]
        self.inplanes = width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), norm_layer(width), nn.ReLU(inplace=True))
        stages = []
        for i, n in enumerate(layers):
            planes = width * 2 ** i
            for j in range(n):
                stages.append(BasicBlock(self.inplanes, planes, 2 if i > 0 and j == 0 else 1, norm_layer))
                self.inplanes = planes
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(self.inplanes, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
        # zero the last norm of every branch, so that each block starts as identity
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn2.weight, 0)  # expect: R161

    def forward(self, x):
        x = self.stages(self.stem(x))
        return self.head(x.mean(dim=(2, 3)))
