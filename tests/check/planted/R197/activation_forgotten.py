# residua-test: wrong target=Layer right=blocks/activation_called slow
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.wide = nn.Linear(dim, 2 * dim)
        self.act = nn.ReLU()
        self.drop = nn.Dropout(0.1)
        self.narrow = nn.Linear(2 * dim, dim)

    def forward(self, x):
        h = self.wide(self.norm(x))
        h = self.drop(h)
        h = self.narrow(h)  # expect: R197
        return x + h
