# residua-test: wrong target=Block right=blocks/depth_by_function
import torch
from torch import nn


def drop_path(x, p, training):
    if p == 0.0 or not training:
        return x
    keep = 1.0 - p
    mask = x.new_empty(x.shape[0], x.shape[1], 1, 1).bernoulli_(keep)  # expect: R188
    return x * mask / keep


class Block(nn.Module):
    def __init__(self, channels=64, p=0.1):
        super().__init__()
        self.p = p
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return torch.relu(x + drop_path(out, self.p, self.training))
