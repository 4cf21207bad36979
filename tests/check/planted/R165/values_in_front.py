# residua-test: wrong target=Attention
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.q = nn.Conv1d(channels, channels // 8, 1)
        self.k = nn.Conv1d(channels, channels // 8, 1)
        self.v = nn.Conv1d(channels, channels, 1)
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        scores = self.q(x).transpose(1, 2) @ self.k(x)
        weights = scores.softmax(-1)
        mixed = self.v(x) @ weights  # expect: R165
        return x + self.gain * mixed
