# residua-test: right target=RevSequence
import torch
import torch.nn as nn


class F_(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        x = self.norm(x)
        return self.attn(x, x, x, need_weights=False)[0]


class G_(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        return self.net(x)


class RevLayer(nn.Module):
    def __init__(self, f, g):
        super().__init__()
        self.f, self.g = f, g

    def forward(self, a, b):
        a = a + self.f(b)
        b = b + self.g(a)
        return a, b

    def inverse(self, a, b):
        b = b - self.g(a)
        a = a - self.f(b)
        return a, b


class RevSequence(nn.Module):
    def __init__(self, dim=64, depth=4, heads=4):
        super().__init__()
        self.layers = nn.ModuleList([RevLayer(F_(dim, heads), G_(dim)) for _ in range(depth)])

    def forward(self, x):
        a, b = x, x
        for layer in self.layers:
            a, b = layer(a, b)
        return 0.5 * (a + b)

    def undo(self, a, b):
        for layer in reversed(self.layers):
            a, b = layer.inverse(a, b)
        return a, b
