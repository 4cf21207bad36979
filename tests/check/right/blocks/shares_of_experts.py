# residua-test: right target=MoEBlock
import torch
from torch import nn
import torch.nn.functional as F



class MoEBlock(nn.Module):
    def __init__(self, dim=64, experts=4, top_k=2):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.gate = nn.Linear(dim, experts)
        self.experts = nn.ModuleList([nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)) for _ in range(experts)])
        self.top_k = top_k

    def forward(self, x):
        h = self.norm(x)
        weights, chosen = torch.topk(F.softmax(self.gate(h), dim=-1), self.top_k, dim=-1)
        weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(h)
        for i, expert in enumerate(self.experts):
            share = (weights * (chosen == i)).sum(-1, keepdim=True)
            used = share.squeeze(-1) > 0
            if used.any():
                out[used] += share[used] * expert(h[used])
        return x + out
