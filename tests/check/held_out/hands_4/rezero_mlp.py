# residua-test: wrong target=ReZeroBlock args=dim=64
# What is wrong: alpha is a plain tensor of zero, not a Parameter: the branch contributes nothing, alpha is never trained or moved, and the branch weights get zero gradients
"""ReZero feed-forward block for tabular features (x + alpha * F(x), alpha starts at 0)."""
import torch
from torch import nn


class ReZeroBlock(nn.Module):
    def __init__(self, dim: int, expansion: int = 4, dropout: float = 0.0):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(dim, dim * expansion),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(dim * expansion, dim),
        )
        self.alpha = torch.zeros(1)  # expect

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.alpha * self.net(x)  # expect: R171


class TabularNet(nn.Module):
    def __init__(self, n_features: int = 30, n_targets: int = 1, dim: int = 128, depth: int = 8):
        super().__init__()
        self.proj = nn.Linear(n_features, dim)
        self.blocks = nn.Sequential(*(ReZeroBlock(dim) for _ in range(depth)))
        self.out = nn.Linear(dim, n_targets)

    def forward(self, x):
        return self.out(self.blocks(self.proj(x)))
