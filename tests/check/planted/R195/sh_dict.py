# residua-test: wrong target=Net
import torch.nn as nn


ACTS = {"relu": nn.ReLU(), "prelu": nn.PReLU()}  # expect: R195


class Block(nn.Module):
    def __init__(self, dim, act="prelu"):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.c2 = nn.Conv2d(dim, dim, 3, padding=1)
        self.act = ACTS[act]

    def forward(self, x):
        return x + self.c2(self.act(self.c1(x)))


class Net(nn.Module):
    def __init__(self, in_channels=3, dim=16):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, dim, 3, padding=1)
        self.blocks = nn.Sequential(Block(dim), Block(dim), Block(dim))
        self.out = nn.Conv2d(dim, in_channels, 3, padding=1)

    def forward(self, x):
        return self.out(self.blocks(self.stem(x)))
