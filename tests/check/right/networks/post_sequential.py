# residua-test: right target=resnet18 train style=network slow
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, cin, cout, s=1):
        super().__init__()
        self.left = nn.Sequential(
            nn.Conv2d(cin, cout, 3, s, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
            nn.BatchNorm2d(cout),
        )
        self.right = None
        if s != 1 or cin != cout:
            self.right = nn.Sequential(
                nn.Conv2d(cin, cout, 1, s, bias=False),
                nn.BatchNorm2d(cout),
            )

    def forward(self, x):
        y = self.left(x)
        skip = x if self.right is None else self.right(x)
        y = y + skip
        return torch.relu(y)


def stage(cin, cout, n, s):
    blocks = [ResBlock(cin, cout, s)]
    for _ in range(n - 1):
        blocks.append(ResBlock(cout, cout))
    return nn.Sequential(*blocks)


class Net(nn.Module):
    def __init__(self, blocks, classes=10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        self.body = nn.Sequential(
            stage(16, 16, blocks[0], s=1),
            stage(16, 32, blocks[1], s=2),
            stage(32, 64, blocks[2], s=2),
            stage(64, 128, blocks[3], s=2),
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(128, classes),
        )

    def forward(self, x):
        x = self.stem(x)
        x = self.body(x)
        return self.head(x)


def resnet18(classes=10):
    return Net([2, 2, 2, 2], classes)
