# residua-test: wrong target=Block right=blocks/depth_by_images
import torch
from torch import nn


class DropPath(nn.Module):
    def __init__(self, p=0.1):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        mask = torch.rand_like(x) < keep  # expect: R188
        return x * mask / keep


class Block(nn.Module):
    def __init__(self, channels=64, drop_path=0.1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        return torch.relu(x + self.drop_path(self.body(x)))
