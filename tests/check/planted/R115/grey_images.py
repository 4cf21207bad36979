# residua-test: wrong target=DigitNet
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv2(torch.relu(self.conv1(x))) + x)  # expect: R115


class DigitNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.units = nn.Sequential(Unit(1, 16), Unit(16, 16))
        self.fc = nn.Linear(16, classes)

    def forward(self, images):
        return self.fc(self.units(images).mean((2, 3)))
