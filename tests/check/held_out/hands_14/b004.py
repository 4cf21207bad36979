# residua-test: wrong target=TabularResNet
# What is wrong: A new nn.Dropout is created in forward; new modules are in train mode, so eval() does not switch it off and predictions stay random.
import torch
import torch.nn as nn


class DenseResBlock(nn.Module):
    def __init__(self, d, d_hidden, p):
        super().__init__()
        self.bn = nn.BatchNorm1d(d)
        self.fc1 = nn.Linear(d, d_hidden)
        self.fc2 = nn.Linear(d_hidden, d)
        self.p = p

    def forward(self, x):
        h = self.bn(x)
        h = torch.relu(self.fc1(h))
        h = nn.Dropout(p=self.p)(h)  # expect: R146
        h = self.fc2(h)
        return x + h


class TabularResNet(nn.Module):
    """ResNet for tables (numeric columns already scaled)"""

    def __init__(self, n_features=20, n_out=1, d=64, d_hidden=128, n_blocks=3, p=0.25):
        super().__init__()
        self.first = nn.Linear(n_features, d)
        self.blocks = nn.Sequential(*[DenseResBlock(d, d_hidden, p) for _ in range(n_blocks)])
        self.head = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, n_out))

    def forward(self, x):
        return self.head(self.blocks(self.first(x)))
