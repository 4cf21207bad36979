# residua-test: wrong target=TabResNet
# What is wrong: norm=nn.BatchNorm1d(64) as a default argument is made once when the class is read: all blocks (and all models) share one BatchNorm with its statistics.
import torch
import torch.nn as nn


class FCBlock(nn.Module):
    def __init__(self, width=64, hidden=128, norm=nn.BatchNorm1d(64), dropout=0.1):  # expect: R196
        super().__init__()
        self.norm = norm
        self.fc1 = nn.Linear(width, hidden)
        self.act = nn.ReLU()
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        z = self.norm(x)
        z = self.drop(self.act(self.fc1(z)))
        return x + self.fc2(z)


class TabResNet(nn.Module):
    """ResNet for tabular data, numeric columns only."""

    def __init__(self, n_features=20, n_blocks=3, d_out=1):
        super().__init__()
        self.first = nn.Linear(n_features, 64, bias=False)
        self.blocks = nn.ModuleList([FCBlock() for _ in range(n_blocks)])
        self.last = nn.Sequential(nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, d_out))

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.last(x)
