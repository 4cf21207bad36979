# residua-test: right target=DeepBlock
import torch.nn.functional as F
from torch import nn


class DeepBlock(nn.Module):
    """The first block of each resolution changes the width and has no shortcut; the others ask for theirs."""

    def __init__(self, in_width, inner, out_width, residual=False):
        super().__init__()
        assert not residual or in_width == out_width
        self.residual = residual
        self.a = nn.Conv2d(in_width, inner, 1)
        self.b = nn.Conv2d(inner, inner, 3, padding=1)
        self.c = nn.Conv2d(inner, out_width, 1)

    def forward(self, x):
        y = self.c(F.silu(self.b(F.silu(self.a(F.silu(x))))))
        return x + y if self.residual else y
