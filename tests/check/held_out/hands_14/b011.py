# residua-test: wrong target=TSMBlock
# What is wrong: The folded batch holds the frames of one clip next to each other (clip first), but it is viewed as (segments, clips), so the shift runs over groups of as many neighbours as there are clips instead of over the 8 frames of a clip: one clip gets no shift at all, and from three clips on different clips are mixed.
import torch
import torch.nn as nn
import torch.nn.functional as F


class TSMBlock(nn.Module):
    """2D residual block with temporal shift in the branch (the skip is not shifted).

    x: (clips * n_segment) x C x H x W. The loader gives clips x n_segment x C x H x W and the
    backbone calls .flatten(0, 1) on it.
    """

    def __init__(self, channels=64, n_segment=8, fold_div=8):
        super(TSMBlock, self).__init__()
        self.n_segment = n_segment
        self.fold = channels // fold_div
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def shift(self, x):
        nt, c, h, w = x.size()
        x = x.view(self.n_segment, nt // self.n_segment, c, h, w)  # expect
        f = self.fold
        out = torch.zeros_like(x)
        out[:, :-1, :f] = x[:, 1:, :f]                  # one frame back
        out[:, 1:, f:2 * f] = x[:, :-1, f:2 * f]        # one frame ahead
        out[:, :, 2 * f:] = x[:, :, 2 * f:]
        return out.view(nt, c, h, w)

    def forward(self, x):
        y = self.shift(x)
        y = F.relu(self.bn1(self.conv1(y)))
        y = self.bn2(self.conv2(y))
        return F.relu(x + y)
