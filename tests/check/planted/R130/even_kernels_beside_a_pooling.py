# residua-test: wrong target=Inception1d
import torch
import torch.nn as nn


class Inception1d(nn.Module):
    def __init__(self, channels=32, width=8, kernels=(20, 10)):
        super().__init__()
        self.narrow = nn.Conv1d(channels, width, 1, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, k, padding=k // 2, bias=False)  # expect: R130
            for k in kernels
        )
        self.pool = nn.Sequential(nn.MaxPool1d(3, stride=1, padding=1), nn.Conv1d(channels, width, 1, bias=False))
        self.join = nn.Conv1d(width * (len(kernels) + 1), channels, 1)

    def forward(self, x):
        narrow = self.narrow(x)
        branches = [conv(narrow) for conv in self.convs] + [self.pool(x)]
        return x + self.join(torch.cat(branches, dim=1))
