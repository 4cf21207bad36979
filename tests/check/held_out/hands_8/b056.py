# residua-test: right target=UpsampleMRF
import torch
import torch.nn as nn
import torch.nn.functional as F

def same(k, d=1):
    return (k - 1) * d // 2

class DilRes(nn.Module):
    def __init__(self, ch, k, dils):
        super().__init__()
        self.a = nn.ModuleList(nn.Conv1d(ch, ch, k, dilation=d, padding=same(k, d)) for d in dils)
        self.b = nn.ModuleList(nn.Conv1d(ch, ch, k, padding=same(k)) for d in dils)

    def forward(self, x):
        for a, b in zip(self.a, self.b):
            y = a(F.leaky_relu(x, 0.1))
            y = b(F.leaky_relu(y, 0.1))
            x = x + y
        return x

class UpsampleMRF(nn.Module):
    def __init__(self, ch=32, rate=4, kernels=(3, 7, 11), dils=((1, 3, 5), (1, 3, 5), (1, 3, 5))):
        super().__init__()
        assert rate % 2 == 0
        self.up = nn.ConvTranspose1d(ch, ch // 2, 2 * rate, rate, padding=rate // 2)
        self.blocks = nn.ModuleList(DilRes(ch // 2, k, d) for k, d in zip(kernels, dils))

    def forward(self, x):
        x = self.up(F.leaky_relu(x, 0.1))
        xs = 0
        for blk in self.blocks:
            xs = xs + blk(x)
        return xs / len(self.blocks)
