# residua-test: wrong target=Attn
import torch
import torch.nn as nn


class Attn(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(dim, dim, 3, padding=1)
        self.gamma = nn.Parameter(torch.zeros(1, device="cuda"))  # expect: R190

    def forward(self, x):
        return x + self.gamma * self.conv(x)
