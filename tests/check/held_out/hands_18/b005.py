# residua-test: wrong target=IdentityStartBlock
# What is wrong: Every conv in the branch is zero-initialised (weights and biases), so no branch parameter but the last bias ever gets a gradient; only the last layer should start at zero.
import torch
from torch import nn


class IdentityStartBlock(nn.Module):
    """Residual block that is the identity at initialisation."""

    def __init__(self, width: int = 16, depth: int = 3, kernel_size: int = 3):
        super().__init__()
        mods = []
        for i in range(depth):
            mods.append(nn.Conv2d(width, width, kernel_size, padding=kernel_size // 2))
            if i < depth - 1:
                mods.append(nn.ReLU())
        self.branch = nn.Sequential(*mods)
        self.reset_parameters()

    def reset_parameters(self):
        for m in self.branch:
            if isinstance(m, nn.Conv2d):
                nn.init.zeros_(m.weight)  # expect: R172
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return x + self.branch(x)
