# residua-test: wrong target=Dropped right=blocks/rate_of_the_mode
import torch
from torch import nn


class Dropped(nn.Module):
    def __init__(self, dim=64, rate=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1, self.fc2 = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.rate = rate

    def forward(self, x):
        rate = self.rate
        if not self.training:
            self.rate = 0.0  # expect: R187
        y = nn.functional.dropout(torch.relu(self.fc1(self.norm(x))), self.rate, self.training and rate > 0)
        return x + self.fc2(y)
