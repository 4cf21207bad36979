# residua-test: wrong target=Unit
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, dim, act=nn.PReLU()):  # expect: R196
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = act

    def forward(self, x):
        return x + self.c2(self.act(self.c1(x)))
