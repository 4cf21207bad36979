# residua-test: wrong target=FrozenBNNet
# What is wrong: The overridden train() ignores mode and always calls super().train(True), so eval() leaves the network in training mode (dropout on)
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(out)))


class FrozenBNNet(nn.Module):
    """Fine-tuning network whose batch norms keep their running statistics."""

    def __init__(self, channels=32, depth=3, classes=5, p=0.5):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, padding=1)
        self.units = nn.Sequential(*[Unit(channels) for _ in range(depth)])
        self.drop = nn.Dropout(p)
        self.head = nn.Linear(channels, classes)

    def train(self, mode=True):  # expect
        super().train()  # expect: R187
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.eval()
        return self

    def forward(self, x):
        x = self.units(self.stem(x)).mean((2, 3))  # found: R136
        return self.head(self.drop(x))
