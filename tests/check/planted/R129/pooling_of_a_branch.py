# residua-test: wrong target=InceptionUnit right=blocks/pooled_branch
import torch
import torch.nn as nn


class InceptionUnit(nn.Module):
    def __init__(self, channels=32, width=8):
        super().__init__()
        self.point = nn.Conv2d(channels, width, 1)
        self.wide = nn.Conv2d(channels, width, 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1)  # expect: R129
        self.behind = nn.Conv2d(channels, width, 1)
        self.join = nn.Conv2d(3 * width, channels, 1)

    def forward(self, x):
        branches = [self.point(x), self.wide(x), self.behind(self.pool(x))]
        return x + self.join(torch.cat(branches, dim=1))
