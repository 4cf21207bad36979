# residua-test: wrong target=NormResNet args='norm='"'"'instance'"'"',zero_init_residual=True'
# What is wrong: zero_init_residual sets bn2.weight to zero, but norm="instance" makes a norm without affine weight (None), so the two options together crash
import torch
import torch.nn as nn


def make_norm(kind, channels):
    if kind == 'batch':
        return nn.BatchNorm2d(channels)
    if kind == 'instance':
        return nn.InstanceNorm2d(channels)
    if kind == 'group':
        return nn.GroupNorm(8, channels)
    raise ValueError(kind)


class NormBlock(nn.Module):
    def __init__(self, cin, cout, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = make_norm(norm, cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = make_norm(norm, cout)
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), make_norm(norm, cout))

    def forward(self, x):
        skip = x if self.down is None else self.down(x)
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(out)) + skip)


class NormResNet(nn.Module):
    """Small ResNet with a choice of norm: 'batch', 'group' or 'instance'."""

    def __init__(self, norm='batch', zero_init_residual=False, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, padding=1)
        self.layers = nn.Sequential(
            NormBlock(32, 32, 1, norm), NormBlock(32, 64, 2, norm), NormBlock(64, 128, 2, norm))
        self.fc = nn.Linear(128, classes)
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, NormBlock):
                    nn.init.constant_(m.bn2.weight, 0)  # expect: R161

    def forward(self, x):
        return self.fc(self.layers(self.stem(x)).mean((2, 3)))
