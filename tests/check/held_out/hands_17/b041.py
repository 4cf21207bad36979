# residua-test: right target=RetainLayer
import torch
from torch import nn


class RetainLayer(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.heads, self.each = heads, dim // heads
        self.pre = nn.LayerNorm(dim)
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, dim, bias=False)
        self.value = nn.Linear(dim, dim, bias=False)
        self.swish = nn.Linear(dim, dim, bias=False)
        self.head_norm = nn.GroupNorm(heads, dim)
        self.back = nn.Linear(dim, dim, bias=False)
        self.register_buffer("decay", 1 - 2.0 ** (-5 - torch.arange(heads, dtype=torch.float32)))

    def fold(self, x):
        b, n, _ = x.shape
        x = x.view(b, n, self.heads, self.each).transpose(1, 2)
        return x.reshape(b * self.heads, n, self.each)

    def forward(self, x):
        b, n, d = x.shape
        h = self.pre(x)
        q, k, v = self.fold(self.query(h)), self.fold(self.key(h)) * self.each**-0.5, self.fold(self.value(h))
        step = torch.arange(n, device=x.device)
        gap = (step[:, None] - step[None, :]).clamp(min=0)
        weights = (self.decay.view(-1, 1, 1) ** gap).tril()
        out = torch.bmm(torch.bmm(q, k.transpose(1, 2)) * weights.repeat(b, 1, 1), v)
        out = out.view(b, self.heads, n, self.each).transpose(1, 2).reshape(b * n, d)
        out = self.head_norm(out).view(b, n, d)
        return x + self.back(torch.nn.functional.silu(self.swish(h)) * out)
