# residua-test: wrong target=Gen slow
import torch
import torch.nn as nn
import torch.nn.functional as F


N = 64


class Gen(nn.Module):
    def __init__(self, channels=3):
        super().__init__()
        self.head = nn.Conv2d(channels, 32, 3, padding=1)
        self.body = nn.Conv2d(32, 32, 3, padding=1)
        self.tail = nn.Conv2d(32, channels, 3, padding=1)

    def forward(self, x):
        f = F.relu(self.head(x))
        f = f + torch.randn(N, 32, 1, 1) * 0.1  # expect: R191
        f = f + self.body(F.relu(f))
        return self.tail(f)
