# residua-test: wrong target=Scaled args='batch_size=5, width=24'
import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self, batch_size, width):
        super().__init__()
        self.conv1 = nn.Conv1d(width, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, padding=1)
        self.scale = nn.Parameter(torch.full((batch_size, 1, 1, 1), 0.1))  # expect: R133

    def forward(self, x):
        y = x.reshape(x.shape[0], x.shape[1], -1)
        y = self.conv2(torch.relu(self.conv1(y)))
        return self.scale * y.view(*x.shape) + x  # found: R115
