# residua-test: wrong target=TSCResNet
# What is wrong: k // 2 padding does not keep the length for the even kernel 8: the branch comes out one step longer than the shortcut and the sum fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    kernels = (8, 5, 3)

    def __init__(self, n_in, n_out):
        super().__init__()
        convs, bns = [], []
        c = n_in
        for k in self.kernels:
            convs.append(nn.Conv1d(c, n_out, k, padding=k // 2))  # expect: R130
            bns.append(nn.BatchNorm1d(n_out))
            c = n_out
        self.convs = nn.ModuleList(convs)
        self.bns = nn.ModuleList(bns)
        if n_in != n_out:
            self.shortcut = nn.Sequential(nn.Conv1d(n_in, n_out, 1), nn.BatchNorm1d(n_out))
        else:
            self.shortcut = nn.BatchNorm1d(n_out)

    def forward(self, x):
        y = x
        for i, (conv, bn) in enumerate(zip(self.convs, self.bns)):
            y = bn(conv(y))
            if i < len(self.kernels) - 1:
                y = F.relu(y)
        return F.relu(y + self.shortcut(x))


class TSCResNet(nn.Module):
    """ResNet baseline for time series classification (Wang et al. 2017)."""

    def __init__(self, n_vars, n_classes, nf=64):
        super().__init__()
        self.blocks = nn.Sequential(
            ResidualBlock(n_vars, nf), ResidualBlock(nf, nf * 2), ResidualBlock(nf * 2, nf * 2)
        )
        self.out = nn.Linear(nf * 2, n_classes)

    def forward(self, x):
        return self.out(self.blocks(x).mean(dim=-1))
