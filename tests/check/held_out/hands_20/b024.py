# residua-test: right target=RepDW
# Why it is right: The depthwise identity kernel really is all ones at (C, 1, 1, 1), because every group has one input channel; train and eval agree.
import torch
import torch.nn as nn
import torch.nn.functional as F


class RepDW(nn.Module):
    """Depthwise token mixer of a mobile network: 3x3 + 1x1 + identity, merged in eval."""

    def __init__(self, ed=24):
        super().__init__()
        self.dim = ed
        self.conv = nn.Conv2d(ed, ed, 3, 1, 1, groups=ed)
        self.conv1 = nn.Conv2d(ed, ed, 1, 1, 0, groups=ed)

    def merged(self):
        w1 = F.pad(self.conv1.weight, [1, 1, 1, 1])
        identity = torch.ones_like(self.conv1.weight)
        identity = F.pad(identity, [1, 1, 1, 1])
        return self.conv.weight + w1 + identity, self.conv.bias + self.conv1.bias

    def forward(self, x):
        if self.training:
            return self.conv(x) + self.conv1(x) + x
        w, b = self.merged()
        return F.conv2d(x, w, b, padding=1, groups=self.dim)
