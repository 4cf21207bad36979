# residua-test: wrong target=ReZeroMLP
# What is wrong: alpha is a bare tensor (requires_grad but no nn.Parameter), so the optimizer and state_dict never see it; it stays 0 and the block is the identity for ever.
import torch
from torch import nn


class ReZeroLayer(nn.Module):
    def __init__(self, dim, expansion=2):
        super().__init__()
        self.fc1 = nn.Linear(dim, expansion * dim)
        self.fc2 = nn.Linear(expansion * dim, dim)
        self.act = nn.ReLU()
        # rezero: x + alpha * f(x), alpha starts from zero and is learned
        self.alpha = torch.zeros(1, requires_grad=True)  # expect: R168

    def forward(self, x):
        return x + self.alpha * self.fc2(self.act(self.fc1(x)))


class ReZeroMLP(nn.Module):  # found: R172
    def __init__(self, in_features=20, dim=64, depth=8, out_features=1):
        super().__init__()
        self.stem = nn.Linear(in_features, dim)
        self.body = nn.Sequential(*(ReZeroLayer(dim) for _ in range(depth)))
        self.head = nn.Linear(dim, out_features)

    def forward(self, x):
        return self.head(self.body(self.stem(x)))
