# residua-test: right target=FoldedBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class FoldedBlock(nn.Module):
    """Two branches with norms in training, one 3×3 convolution in eval mode."""

    def __init__(self, channels=8):
        super().__init__()
        self.wide = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.rest = nn.BatchNorm2d(channels)

    @staticmethod
    def scale_of(norm):
        return norm.weight / (norm.running_var + norm.eps).sqrt()

    def folded(self):
        scale, rest = self.scale_of(self.norm), self.scale_of(self.rest)
        same = torch.diag(rest)[:, :, None, None]
        weight = self.wide.weight * scale[:, None, None, None] + F.pad(same, (1, 1, 1, 1))
        bias = self.norm.bias - self.norm.running_mean * scale + self.rest.bias - self.rest.running_mean * rest
        return weight, bias

    def forward(self, x):
        if self.training:
            return torch.relu(self.norm(self.wide(x)) + self.rest(x))
        return torch.relu(F.conv2d(x, *self.folded(), padding=1))
