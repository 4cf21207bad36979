# residua-test: wrong target=FoldedBlock right=blocks/folded_as_trained
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
        point = F.pad(self.point.weight, (2, 0, 2, 0))  # expect: R242
        same = F.pad(torch.eye(len(point), device=point.device)[:, :, None, None], (1, 1, 1, 1))
        return self.wide.weight + point + same

    def forward(self, x):
        if self.training:
            return torch.relu(self.wide(x) + self.point(x) + x)
        return torch.relu(F.conv2d(x, self.kernel(), padding=1))
