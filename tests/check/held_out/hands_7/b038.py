# residua-test: right target=TextEncoder
import copy
import math
import torch
import torch.nn as nn


def copies(proto, n):
    return nn.ModuleList(copy.deepcopy(proto) for _ in range(n))


class Residual(nn.Module):
    """x + dropout(f(norm(x)))"""

    def __init__(self, d, p):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.drop = nn.Dropout(p)

    def forward(self, x, f):
        return x + self.drop(f(self.norm(x)))


class Heads(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.q, self.k, self.v, self.o = copies(nn.Linear(d, d), 4)

    def split(self, t):
        return t.unflatten(-1, (self.h, -1)).transpose(1, 2)

    def forward(self, x, keep):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        s = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        s = s.masked_fill(~keep[:, None, None, :], -1e9)
        return self.o((s.softmax(-1) @ v).transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, d, h, ff, p):
        super().__init__()
        self.attn = Heads(d, h)
        self.ff = nn.Sequential(nn.Linear(d, ff), nn.ReLU(), nn.Linear(ff, d))
        self.res = copies(Residual(d, p), 2)

    def forward(self, x, keep):
        x = self.res[0](x, lambda z: self.attn(z, keep))
        return self.res[1](x, self.ff)


class TextEncoder(nn.Module):
    """token ids (batch, length), 0 is padding"""

    def __init__(self, vocab=100, n=3, d=32, h=4, ff=64, p=0.1, longest=64):
        super().__init__()
        self.emb = nn.Embedding(vocab, d, padding_idx=0)
        self.layers = copies(Layer(d, h, ff, p), n)
        self.norm = nn.LayerNorm(d)
        angle = torch.arange(longest)[:, None] * torch.exp(torch.arange(0, d, 2) * (-math.log(1e4) / d))
        self.register_buffer("pe", torch.stack((angle.sin(), angle.cos()), -1).flatten(1))
        # after deepcopy all layers are equal; every matrix gets its own start here
        for name, w in self.named_parameters():
            if w.dim() > 1 and not name.startswith("emb"):
                nn.init.xavier_uniform_(w)

    def forward(self, src):
        keep = src != 0
        x = self.emb(src) * math.sqrt(self.emb.embedding_dim) + self.pe[: src.shape[1]]
        for layer in self.layers:
            x = layer(x, keep)
        return self.norm(x)
