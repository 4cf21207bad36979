# residua-test: right target=TSMBlock
# Why it is right: The shift acts on the branch only (residual TSM), with frames folded into the batch.
import torch
from torch import nn
import torch.nn.functional as F


def temporal_shift(x, n_segment, fold_div=8):
    """(N * T, C, H, W): one part of the channels from the future, one from the past, the rest in place."""
    x = x.unflatten(0, (-1, n_segment))
    fold = x.size(2) // fold_div
    left, right, keep = x.split([fold, fold, x.size(2) - 2 * fold], dim=2)
    left = F.pad(left[:, 1:], (0, 0, 0, 0, 0, 0, 0, 1))
    right = F.pad(right[:, :-1], (0, 0, 0, 0, 0, 0, 1, 0))
    return torch.cat((left, right, keep), dim=2).flatten(0, 1)


class TSMBlock(nn.Module):
    def __init__(self, channels, n_segment=4):
        super().__init__()
        self.n_segment = n_segment
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = temporal_shift(x, self.n_segment)
        y = F.relu(self.bn1(self.conv1(y)), inplace=True)
        y = self.bn2(self.conv2(y))
        return F.relu(x + y, inplace=True)
