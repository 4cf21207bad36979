# residua-test: wrong target=Classifier
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, inp, oup, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inp, oup, 3, stride, 1, bias=False),
            nn.BatchNorm2d(oup),
            nn.ReLU(),
            nn.Conv2d(oup, oup, 3, 1, 1, bias=False),
            nn.BatchNorm2d(oup),
        )
        self.skip = nn.Identity()
        if stride != 1 or inp != oup:
            self.skip = nn.Sequential(nn.Conv2d(inp, oup, 1, stride, bias=False), nn.BatchNorm2d(oup))

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


def stage(inp, oup, count, stride):
    inputs = [inp] + [oup] * (count - 1)
    steps = (stride,) * count  # expect: R179
    return nn.Sequential(*[Unit(each, oup, step) for each, step in zip(inputs, steps)])


class Classifier(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.stages = nn.Sequential(stage(16, 16, 2, 1), stage(16, 32, 2, 2), stage(32, 64, 2, 2))
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        return self.fc(self.stages(self.stem(x)).mean((2, 3)))
