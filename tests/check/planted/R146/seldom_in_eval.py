# residua-test: wrong target=Block
import torch
import torch.nn as nn
import torch.nn.functional as F


def drop_path(x, p=0.0):
    if p == 0.0:
        return x
    keep = 1 - p
    mask = (keep + torch.rand(x.shape[0], 1, 1, 1, device=x.device)).floor()  # expect: R146
    return x / keep * mask


class Block(nn.Module):
    def __init__(self, channels, drop_prob=0.1):
        super().__init__()
        self.drop_prob = drop_prob
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(x + drop_path(h, self.drop_prob))
