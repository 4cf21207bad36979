# residua-test: wrong target=SelfAttention
# What is wrong: the heads are cut by a plain view without the transpose, so a "head" is a piece of the sequence and tokens do not see the others
import math
import torch
import torch.nn as nn


class SelfAttention(nn.Module):
    """ multi-head self attention sublayer with skip and post norm, no mask (homework 4) """

    def __init__(self, d_model, n_heads, p_drop=0.1):
        super().__init__()
        self.d_k = d_model // n_heads
        self.n_heads = n_heads
        self.wq = nn.Linear(d_model, d_model)
        self.wk = nn.Linear(d_model, d_model)
        self.wv = nn.Linear(d_model, d_model)
        self.wo = nn.Linear(d_model, d_model)
        self.drop = nn.Dropout(p_drop)
        self.norm = nn.LayerNorm(d_model)

    def split(self, t):
        b, n, d = t.size()
        return t.view(b, self.n_heads, n, self.d_k)  # expect: R164

    def forward(self, x):
        b, n, d = x.size()
        q, k, v = self.split(self.wq(x)), self.split(self.wk(x)), self.split(self.wv(x))
        att = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(self.d_k)
        att = torch.softmax(att, dim=-1)
        ctx = torch.matmul(self.drop(att), v)
        ctx = ctx.contiguous().view(b, n, d)
        return self.norm(x + self.drop(self.wo(ctx)))
