# residua-test: wrong target=ConvBlock
import torch
from torch import nn


class ConvBlock(nn.Module):
    def __init__(self, c_in, c_out, pool=True):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(c_in, c_out, 9, padding=4, bias=False),
            nn.BatchNorm1d(c_out),
            nn.ReLU(),
            nn.Conv1d(c_out, c_out, 9, padding=4, bias=False),
            nn.BatchNorm1d(c_out),
        )
        self.pool = nn.MaxPool1d(2) if pool else nn.Identity()
        self.match = nn.Conv1d(c_in, c_out, 1) if pool else nn.Identity()  # expect: R114

    def forward(self, x):
        return torch.relu(self.pool(self.body(x)) + self.match(self.pool(x)))
