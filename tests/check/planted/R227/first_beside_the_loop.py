# residua-test: wrong target=SignalNet right=networks/first_before_the_loop
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.a, self.n1 = nn.Conv1d(cin, cout, 3, stride, 1), nn.BatchNorm1d(cout)
        self.b, self.n2 = nn.Conv1d(cout, cout, 3, 1, 1), nn.BatchNorm1d(cout)
        self.p = nn.Conv1d(cin, cout, 1, stride) if stride > 1 or cin != cout else None

    def forward(self, x):
        s = x if self.p is None else self.p(x)
        return torch.relu(s + self.n2(self.b(torch.relu(self.n1(self.a(x))))))


class SignalNet(nn.Module):
    def __init__(self, leads=12, n_blocks=3, classes=5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(leads, 16, 7, 2, 3), nn.BatchNorm1d(16), nn.ReLU())
        self.s1 = self._group(16, 16, n_blocks, 1)
        self.s2 = self._group(16, 32, n_blocks, 2)
        self.head = nn.Linear(32, classes)

    def _group(self, cin, cout, n, stride):
        seq = nn.Sequential(Unit(cin, cout, stride))
        for i in range(n):  # expect: R227
            seq.add_module(f"unit{i}", Unit(cout, cout))
        return seq

    def forward(self, x):
        return self.head(self.s2(self.s1(self.stem(x))).mean(-1))
