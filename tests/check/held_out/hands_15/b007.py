# residua-test: right target=TabularResNet
import torch
import torch.nn as nn


class ReZeroMLP(nn.Module):
    def __init__(self, d, hidden, p):
        super().__init__()
        self.fc1 = nn.Linear(d, hidden)
        self.fc2 = nn.Linear(hidden, d)
        self.drop = nn.Dropout(p)
        self.resweight = nn.Parameter(torch.tensor([0.0]))

    def forward(self, x):
        h = self.drop(torch.relu(self.fc1(x)))
        h = self.drop(self.fc2(h))
        return x + self.resweight * h


class TabularResNet(nn.Module):
    # x_num: float (B, 10); x_cat: long (B, 2) with values 0..3
    def __init__(self, n_num=10, cards=(4, 4), d=64, n_blocks=4, n_targets=1, p=0.1):
        super().__init__()
        self.embs = nn.ModuleList([nn.Embedding(c, 8) for c in cards])
        self.bn = nn.BatchNorm1d(n_num)
        self.inp = nn.Linear(n_num + 8 * len(cards), d)
        self.blocks = nn.ModuleList([ReZeroMLP(d, 2 * d, p) for _ in range(n_blocks)])
        self.out = nn.Sequential(nn.LayerNorm(d), nn.ReLU(), nn.Linear(d, n_targets))

    def forward(self, x_num, x_cat):
        cats = [emb(x_cat[:, i]) for i, emb in enumerate(self.embs)]
        x = self.inp(torch.cat([self.bn(x_num)] + cats, dim=1))
        for b in self.blocks:
            x = b(x)
        return self.out(x)
