# residua-test: right target=PreActResNet
import torch
import torch.nn as nn


class PreActUnit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        pre = self.relu(self.bn1(x))
        # the projection sees the pre-activated input, the identity does not
        skip = x if self.proj is None else self.proj(pre)
        out = self.conv1(pre)
        out = self.conv2(self.relu(self.bn2(out)))
        out += skip
        return out


class PreActResNet(nn.Module):
    def __init__(self, num_classes=100):
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 3, padding=1, bias=False)
        self.units = nn.Sequential(
            PreActUnit(32, 32), PreActUnit(32, 64, 2), PreActUnit(64, 64), PreActUnit(64, 128, 2))
        self.bn = nn.BatchNorm2d(128)
        self.fc = nn.Linear(128, num_classes)

    def forward(self, x):
        x = self.units(self.conv(x))
        x = torch.relu(self.bn(x)).mean((2, 3))
        return self.fc(x)
