# residua-test: right target=GatedDiTBlock
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import Module, Linear, LayerNorm, Sequential, SiLU, GELU


class FeedForward(Module):
    def __init__(self, dim, mult=4):
        super().__init__()
        self.net = Sequential(Linear(dim, dim * mult), GELU(), Linear(dim * mult, dim))

    def forward(self, x):
        return self.net(x)


class MHSA(Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.to_qkv = Linear(dim, dim * 3, bias=False)
        self.to_out = Linear(dim, dim, bias=False)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = [t.reshape(b, n, self.heads, -1).transpose(1, 2) for t in self.to_qkv(x).chunk(3, dim=-1)]
        o = F.scaled_dot_product_attention(q, k, v)
        return self.to_out(o.transpose(1, 2).reshape(b, n, d))


class AdaLNGate(Module):
    """film before, sigmoid gate after. bias of -2 keeps the gate near closed at first."""

    def __init__(self, dim, dim_cond, fn):
        super().__init__()
        self.fn = fn
        self.norm = LayerNorm(dim, elementwise_affine=False)
        self.to_film = Linear(dim_cond, dim * 2)
        self.to_gate = Linear(dim_cond, dim)
        nn.init.zeros_(self.to_film.weight)
        nn.init.zeros_(self.to_film.bias)
        nn.init.zeros_(self.to_gate.weight)
        nn.init.constant_(self.to_gate.bias, -2.)

    def forward(self, x, cond):
        if cond.ndim == 2:
            cond = cond[:, None]
        gamma, beta = self.to_film(cond).chunk(2, dim=-1)
        h = self.norm(x) * (gamma + 1.) + beta
        return self.fn(h) * self.to_gate(cond).sigmoid()


class GatedDiTBlock(Module):
    def __init__(self, dim=32, dim_cond=32, heads=4):
        super().__init__()
        self.cond_act = SiLU()
        self.attn = AdaLNGate(dim, dim_cond, MHSA(dim, heads))
        self.ff = AdaLNGate(dim, dim_cond, FeedForward(dim))

    def forward(self, x, cond):
        cond = self.cond_act(cond)
        x = self.attn(x, cond) + x
        return self.ff(x, cond) + x
