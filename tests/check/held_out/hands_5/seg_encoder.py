# residua-test: wrong target=SegEncoder
# What is wrong: The BatchNorm initialiser sets weight to 1 and then sets weight (not bias) to 0, so every BatchNorm scale is zero and the features start at zero
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        skip = x if self.proj is None else self.proj(x)
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(out)) + skip)


def init_weights(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
        if module.bias is not None:
            nn.init.constant_(module.bias, 0)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.constant_(module.weight, 1)
        if module.bias is not None:
            nn.init.constant_(module.weight, 0)  # expect: R181


class SegEncoder(nn.Module):
    """Stride-8 residual encoder with a per-pixel classifier."""

    def __init__(self, n_classes=21):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.layer1 = nn.Sequential(Unit(32, 64, 2), Unit(64, 64))
        self.layer2 = nn.Sequential(Unit(64, 128, 2), Unit(128, 128))
        self.head = nn.Conv2d(128, n_classes, 1)
        self.apply(init_weights)  # expect

    def forward(self, x):
        return self.head(self.layer2(self.layer1(self.stem(x))))
