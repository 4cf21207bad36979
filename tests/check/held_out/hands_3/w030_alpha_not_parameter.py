# residua-test: wrong target=ReZeroBlock
# What is wrong: alpha is a plain zero tensor, not an nn.Parameter: it stays 0 and the branch is dead for ever
import torch
import torch.nn as nn
import torch.nn.functional as F


class ReZeroBlock(nn.Module):
    """x + alpha * F(x) with a learned alpha starting at zero (ReZero)."""

    def __init__(self, dim: int):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, dim, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(dim, dim, kernel_size=3, padding=1)
        self.alpha = torch.zeros(1)  # expect

    def forward(self, x):
        h = self.conv2(F.relu(self.conv1(F.relu(x))))
        return x + self.alpha * h  # expect: R171
