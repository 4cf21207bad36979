# residua-test: wrong target=PreActSR
# What is wrong: first op is an in-place ReLU on the block input, so the identity that is added later is relu(x)
import torch
from torch import nn


class PreActSR(nn.Module):
    """Norm-free pre-activation block for super resolution."""

    def __init__(self, nf=64, kernel_size=3):
        super().__init__()
        self.act = nn.ReLU(inplace=True)  # expect
        self.c1 = nn.Conv2d(nf, nf, kernel_size, padding=kernel_size // 2)
        self.c2 = nn.Conv2d(nf, nf, kernel_size, padding=kernel_size // 2)

    def forward(self, x):
        y = self.c1(self.act(x))  # expect: R108
        y = self.c2(self.act(y))
        return x + y
