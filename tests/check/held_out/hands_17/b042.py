# residua-test: right target=WindowLayer
import torch
from torch import nn


class WindowLayer(nn.Module):
    def __init__(self, dim=48, heads=4, window=32):
        super().__init__()
        self.heads, self.window = heads, window
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim)
        self.table = nn.Parameter(torch.zeros(2 * window - 1, heads))
        nn.init.trunc_normal_(self.table, std=0.02)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-2, -1) * q.size(-1) ** -0.5
        place = torch.arange(n, device=x.device)
        offset = place[:, None] - place[None, :] + self.window - 1
        logits = logits + self.table[offset].permute(2, 0, 1)
        future = torch.full((n, n), float("-inf"), device=x.device).triu(1)
        logits = logits + future
        mixed = logits.softmax(-1) @ v
        return x + self.proj(mixed.transpose(1, 2).reshape(b, n, d))
