# residua-test: right target=ParallelBlock args=d_model=64,n_head=4
import torch
import torch.nn as nn
import torch.nn.functional as F


def rotate_half(x):
    x1, x2 = x.chunk(2, dim=-1)
    return torch.cat((-x2, x1), dim=-1)


class Rotary(nn.Module):
    def __init__(self, dim, base=10000):
        super().__init__()
        inv = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
        self.register_buffer("inv_freq", inv, persistent=False)

    def forward(self, q, k):
        t = torch.arange(q.size(-2), device=q.device, dtype=self.inv_freq.dtype)
        freqs = torch.outer(t, self.inv_freq)
        emb = torch.cat((freqs, freqs), dim=-1).to(q.dtype)
        cos, sin = emb.cos(), emb.sin()
        return q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin


class ParallelBlock(nn.Module):
    """y = x + Attn(LN(x)) + MLP(LN(x)), one LayerNorm for both branches."""

    def __init__(self, d_model: int, n_head: int, mlp_ratio: int = 4, resid_pdrop: float = 0.0):
        super().__init__()
        assert d_model % n_head == 0
        self.n_head = n_head
        self.ln = nn.LayerNorm(d_model)
        self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
        self.rotary = Rotary(d_model // n_head)
        self.attn_out = nn.Linear(d_model, d_model, bias=False)
        self.fc_in = nn.Linear(d_model, mlp_ratio * d_model)
        self.fc_out = nn.Linear(mlp_ratio * d_model, d_model)
        self.drop = nn.Dropout(resid_pdrop)

    def attend(self, h):
        b, t, c = h.shape
        q, k, v = self.qkv(h).view(b, t, 3, self.n_head, c // self.n_head).permute(2, 0, 3, 1, 4)
        q, k = self.rotary(q, k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.attn_out(y.transpose(1, 2).reshape(b, t, c))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.ln(x)
        ff = self.fc_out(F.gelu(self.fc_in(h), approximate="tanh"))
        return x + self.drop(self.attend(h)) + self.drop(ff)
