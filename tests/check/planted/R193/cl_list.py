# residua-test: wrong target=Tower
import torch
import torch.nn as nn


class Tower(nn.Module):
    convs = [nn.Conv1d(32, 32, 3, padding=1), nn.Conv1d(32, 32, 3, padding=1)]  # expect: R193

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(32, 32, 1)

    def forward(self, x):
        y = self.first(x)
        for conv in self.convs:
            y = conv(torch.relu(y))
        return x + y
