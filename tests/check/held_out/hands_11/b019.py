# residua-test: right target=Generator args='p=GeneratorParams()'
from collections import namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F

GeneratorParams = namedtuple(
    'GeneratorParams', 'n_mels channels rates kernels dilations',
    defaults=(20, 32, (4, 2), (3, 7), ((1, 3), (1, 3))))

SLOPE = 0.1


class ResBlock(nn.Module):
    def __init__(self, ch, k, dilations):
        super().__init__()
        def same(d):
            return nn.Conv1d(ch, ch, k, dilation=d, padding=d * (k - 1) // 2)
        self.dilated = nn.ModuleList(same(d) for d in dilations)
        self.plain = nn.ModuleList(same(1) for _ in dilations)

    def forward(self, x):
        for c1, c2 in zip(self.dilated, self.plain):
            h = c1(F.leaky_relu(x, SLOPE))
            h = c2(F.leaky_relu(h, SLOPE))
            x = h + x
        return x


class Generator(nn.Module):
    def __init__(self, p: GeneratorParams):
        super().__init__()
        self.num_kernels = len(p.kernels)
        self.pre = nn.Conv1d(p.n_mels, p.channels, 7, padding=3)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        ch = p.channels
        for r in p.rates:
            self.ups.append(nn.ConvTranspose1d(ch, ch // 2, 2 * r, stride=r, padding=r // 2))
            ch //= 2
            for k, d in zip(p.kernels, p.dilations):
                self.resblocks.append(ResBlock(ch, k, d))
        self.post = nn.Conv1d(ch, 1, 7, padding=3)

    def forward(self, mel):
        x = self.pre(mel)
        for i, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, SLOPE))
            xs = None
            for j in range(self.num_kernels):
                y = self.resblocks[i * self.num_kernels + j](x)
                xs = y if xs is None else xs + y
            x = xs / self.num_kernels
        return torch.tanh(self.post(F.leaky_relu(x)))
