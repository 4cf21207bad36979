# residua-test: wrong target=ResBlock right=blocks/sequential slow
import torch
import torch.nn as nn
import torch.nn.functional as F


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
                nn.MaxPool2d(s, s), nn.Conv2d(cin, cout, 1, bias=False),  # expect: R148
                nn.BatchNorm2d(cout),
            )

    def forward(self, x):
        y = self.left(x)
        skip = x if self.right is None else self.right(x)
        y = y + skip
        return torch.relu(y)
