# residua-test: wrong target=Generator
# What is wrong: loop feeds the stem output to every block rather than chaining
import torch
import torch.nn as nn

class RBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(nf, nf, 3, 1, 1), nn.InstanceNorm2d(nf), nn.ReLU(True),
            nn.Conv2d(nf, nf, 3, 1, 1), nn.InstanceNorm2d(nf))
    def forward(self, x):
        return x + self.block(x)

class Generator(nn.Module):
    def __init__(self, in_ch=3, nf=32, n_blocks=4):
        super().__init__()
        self.head = nn.Conv2d(in_ch, nf, 7, 1, 3)
        self.blocks = nn.ModuleList([RBlock(nf) for _ in range(n_blocks)])
        self.tail = nn.Conv2d(nf, in_ch, 7, 1, 3)
    def forward(self, x):
        f = self.head(x)
        for b in self.blocks:
            y = b(f)  # expect: R155
        return torch.tanh(self.tail(y))
