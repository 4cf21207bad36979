# residua-test: wrong target=LambdaResNet
# What is wrong: late binding: every lambda sees the last i, so only the last unit is used (n times), the others are dead
import torch
import torch.nn as nn


class LambdaResNet(nn.Module):
    """Compact residual classifier."""

    def __init__(self, width=32, n=4, num_classes=10):
        super().__init__()
        self.embed = nn.Conv2d(3, width, 3, 2, 1)
        self.units = nn.ModuleList([  # expect
            nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, 1, 1, bias=False))
            for _ in range(n)])
        self.steps = []  # expect
        for i in range(n):
            self.steps.append(lambda x: x + self.units[i](x))  # expect: R121
        self.bn = nn.BatchNorm2d(width)
        self.out = nn.Linear(width, num_classes)

    def forward(self, x):
        x = self.embed(x)
        for step in self.steps:
            x = step(x)  # expect
        x = torch.relu(self.bn(x)).mean(dim=(2, 3))
        return self.out(x)
