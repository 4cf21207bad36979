# residua-test: wrong target=GatedDenoiseBlock
# What is wrong: The scale beta starts at zero and the last conv of the same branch is zero as well, so the gradients of both are exactly zero and the branch never starts to learn.
import torch
import torch.nn as nn


class SimpleGate(nn.Module):
    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        return a * b


class LayerNorm2d(nn.Module):
    def __init__(self, c, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, c, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, c, 1, 1))
        self.eps = eps

    def forward(self, x):
        mu = x.mean(1, keepdim=True)
        var = (x - mu).pow(2).mean(1, keepdim=True)
        return (x - mu) / torch.sqrt(var + self.eps) * self.weight + self.bias


class GatedDenoiseBlock(nn.Module):
    """Denoising block with a gate instead of an activation. Identity at the start of training."""

    def __init__(self, c=32, expand=2):
        super().__init__()
        self.norm = LayerNorm2d(c)
        self.conv1 = nn.Conv2d(c, c * expand, 1)
        self.conv2 = nn.Conv2d(c * expand, c * expand, 3, padding=1, groups=c * expand)
        self.gate = SimpleGate()
        self.conv3 = nn.Conv2d(c * expand // 2, c, 1)
        self.beta = nn.Parameter(torch.zeros(1, c, 1, 1))
        nn.init.zeros_(self.conv3.weight)  # expect: R172
        nn.init.zeros_(self.conv3.bias)

    def forward(self, inp):
        x = self.norm(inp)
        x = self.conv2(self.conv1(x))
        x = self.gate(x)
        x = self.conv3(x)
        return inp + x * self.beta
