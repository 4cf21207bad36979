# residua-test: right target=ParallelBlock
import torch
from torch import nn


class ParallelBlock(nn.Module):
    """x + attn(ln(x)) + mlp(ln(x)), one LayerNorm for both branches (GPT-J / PaLM)"""

    def __init__(self, dim=64, heads=8, hidden=None, p=0.0):
        super().__init__()
        hidden = hidden or 4 * dim
        self.ln = nn.LayerNorm(dim)
        self.mha = nn.MultiheadAttention(dim, heads, dropout=p, bias=False, batch_first=True)
        self.up = nn.Linear(dim, hidden, bias=False)
        self.down = nn.Linear(hidden, dim, bias=False)
        self.p = nn.Dropout(p)

    def forward(self, x):
        n = x.shape[1]
        u = self.ln(x)
        future = torch.ones(n, n, dtype=torch.bool, device=x.device).triu(1)
        a = self.mha(u, u, u, attn_mask=future, need_weights=False)[0]
        m = self.down(torch.nn.functional.gelu(self.up(u)))
        return x + self.p(a) + self.p(m)
