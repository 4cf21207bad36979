# residua-test: wrong target=FoldedBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class FoldedBlock(nn.Module):
    """Three branches in training, one 3×3 convolution in eval mode."""

    def __init__(self, channels=8):
        super().__init__()
        self.wide = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.point = nn.Conv2d(channels, channels, 1, bias=False)

    def kernel(self):
        point = F.pad(self.point.weight, (1, 1, 1, 1))
        same = torch.zeros_like(self.wide.weight)  # expect: R242
        for channel in range(len(same)):
            same[channel, channel] = 1.0
        return self.wide.weight + point + same

    def forward(self, x):
        if self.training:
            return torch.relu(self.wide(x) + self.point(x) + x)
        return torch.relu(F.conv2d(x, self.kernel(), padding=1))
