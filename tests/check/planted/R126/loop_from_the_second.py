# residua-test: wrong target=Stack
from torch import nn


class Unit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width)

    def forward(self, x):
        return x + self.linear(nn.functional.gelu(self.norm(x)))


class Stack(nn.Module):
    def __init__(self, inputs=32, width=64, depth=4, classes=5):
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.units = nn.ModuleList([Unit(width) for _ in range(depth)])
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        h = self.enter(x)
        for unit in self.units[1:]:  # expect: R126
            h = unit(h)
        return self.head(h)
