# residua-test: wrong target=Block right=blocks/depthwise_named slow
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, kernel_size=7):
        super().__init__()
        self.norm = nn.GroupNorm(1, dim)
        self.up = nn.Conv1d(dim, 2 * dim, 1)
        self.depthwise_conv = nn.Conv1d(dim, dim, kernel_size, padding=kernel_size // 2)  # expect: R224
        self.down = nn.Conv1d(dim, dim, 1)

    def forward(self, x):
        return x + self.down(F.silu(self.depthwise_conv(F.glu(self.up(self.norm(x)), dim=1))))
