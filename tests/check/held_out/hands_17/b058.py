# residua-test: wrong target=SentenceNet
# What is wrong: nn.Sequential is given the list itself: TypeError at construction
import torch
from torch import nn


class PhraseUnit(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv = nn.Conv1d(size, 2 * size, 3, padding=1)
        self.glu = nn.GLU(dim=1)

    def forward(self, x):
        return (x + self.glu(self.conv(x))) * 0.5**0.5


class SentenceNet(nn.Module):
    """Word vectors (batch, vector, words) to classes."""

    def __init__(self, vector=30, size=24, depth=3, classes=5):
        super().__init__()
        self.enter = nn.Conv1d(vector, size, 1)
        units = [PhraseUnit(size) for _ in range(depth)]
        self.units = nn.Sequential(units)  # expect: R161
        self.leave = nn.Linear(size, classes)

    def forward(self, words):
        h = self.units(self.enter(words))
        return self.leave(torch.amax(h, dim=2))
