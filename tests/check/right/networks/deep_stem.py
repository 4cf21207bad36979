# residua-test: right target=DeepStem
import torch.nn.functional as F
from torch import nn


def layer(cin, cout, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout))


class DeepStem(nn.Module):
    """Three convolutions of one width, then residuals of the same width."""

    def __init__(self, num_classes=10, width=32):
        super().__init__()
        self.stem = nn.ModuleList([layer(3, width, 2), layer(width, width), layer(width, width)])
        self.pairs = nn.ModuleList([nn.ModuleList([layer(width, width), layer(width, width)]) for _ in range(3)])
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x):
        for conv in self.stem:
            x = F.relu(conv(x))
        for first, second in self.pairs:
            x = F.relu(x + second(F.relu(first(x))))
        return self.fc(x.mean((2, 3)))
