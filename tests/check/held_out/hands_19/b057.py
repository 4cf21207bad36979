# residua-test: right target=ReZeroNet
# Why it is right: ReZero: the scale of each branch starts at zero while the branch keeps its normal initialisation, so the scale gets a gradient at once.
import torch
from torch import nn


class ReZero(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn
        self.g = nn.Parameter(torch.tensor(0.))

    def forward(self, x):
        return x + self.g * self.fn(x)


def branch(c):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(c, c, 3, padding=1),
    )


class ReZeroNet(nn.Module):
    def __init__(self, num_classes=10, width=32, depth=12):
        super().__init__()
        body = [nn.Conv2d(3, width, 3, stride=2, padding=1)]
        for i in range(depth):
            body.append(ReZero(branch(width)))
        self.body = nn.Sequential(*body)
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        return self.fc(self.body(x).relu().mean((-2, -1)))
