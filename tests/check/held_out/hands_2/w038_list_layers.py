# residua-test: wrong target=StackedResBlock
# What is wrong: convolutions and norms are kept in plain Python lists: not registered, not trained
import torch
import torch.nn as nn


class StackedResBlock(nn.Module):
    def __init__(self, ch, depth=2):
        super().__init__()
        self.convs = []  # expect: R125
        self.norms = []  # expect: R125
        for _ in range(depth):
            self.convs.append(nn.Conv2d(ch, ch, 3, padding=1, bias=False))  # expect
            self.norms.append(nn.BatchNorm2d(ch))  # expect
        self.act = nn.SiLU()

    def forward(self, x):
        h = x
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            h = norm(conv(h))
            if i + 1 < len(self.convs):
                h = self.act(h)
        return self.act(h + x)
