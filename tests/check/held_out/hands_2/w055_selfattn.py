# residua-test: wrong target=SelfAttentionBlock
# What is wrong: softmax over the query axis (dim=1): the weights of one query do not sum to one
import torch
import torch.nn as nn


class SelfAttentionBlock(nn.Module):
    def __init__(self, in_dim):
        super().__init__()
        self.query = nn.Conv2d(in_dim, in_dim // 8, 1)
        self.key = nn.Conv2d(in_dim, in_dim // 8, 1)
        self.value = nn.Conv2d(in_dim, in_dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        b, c, h, w = x.size()
        q = self.query(x).flatten(2).transpose(1, 2)   # B, N, C'
        k = self.key(x).flatten(2)                     # B, C', N
        v = self.value(x).flatten(2)                   # B, C, N
        energy = torch.bmm(q, k)                       # B, Nq, Nk
        attn = torch.softmax(energy, dim=1)  # expect: R165
        out = torch.bmm(v, attn.transpose(1, 2)).view(b, c, h, w)  # expect
        return x + self.gamma * out
