# residua-test: right target=SlideNet
import torch
from torch import nn


class Reduce(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(cin, cout, 3, 2, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout),
        )
        self.side = nn.Sequential(nn.Conv2d(cin, cout, 1, 2, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.main(x) + self.side(x))


class SlideNet(nn.Module):
    """Tissue tiles, 256 by 256 pixels."""

    def __init__(self, classes=2):
        super().__init__()
        widths = [3, 8, 16, 24, 32, 48, 64]
        self.blocks = nn.Sequential(*[Reduce(a, b) for a, b in zip(widths, widths[1:])])
        self.fc1 = nn.Linear(64 * 4 * 4, 128)
        self.fc2 = nn.Linear(128, classes)

    def forward(self, tile):
        x = self.blocks(tile)
        x = torch.flatten(x, 1)
        return self.fc2(torch.relu(self.fc1(x)))
