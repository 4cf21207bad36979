# residua-test: wrong target=SelfAttention2d
# What is wrong: gamma is a plain zero tensor, not a parameter: it is never trained, so the attention branch stays switched off for ever (and gets no gradient).
import torch
import torch.nn as nn


class SelfAttention2d(nn.Module):
    """SAGAN attention between the 32x32 and the 64x64 stage, x: (B, in_dim, H, W)."""

    def __init__(self, in_dim=64, reduction=8):
        super().__init__()
        self.query = nn.Conv2d(in_dim, in_dim // reduction, 1)
        self.key = nn.Conv2d(in_dim, in_dim // reduction, 1)
        self.value = nn.Conv2d(in_dim, in_dim, 1)
        self.gamma = torch.zeros(1)  # expect: R171
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        b, c, h, w = x.size()
        q = self.query(x).flatten(2).transpose(1, 2)
        k = self.key(x).flatten(2)
        attn = self.softmax(torch.bmm(q, k))
        v = self.value(x).flatten(2)
        out = torch.bmm(v, attn.transpose(1, 2)).view(b, c, h, w)
        return self.gamma * out + x


class Stage(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.conv = nn.utils.spectral_norm(nn.Conv2d(dim, dim, 3, padding=1))
        self.attn = SelfAttention2d(dim)

    def forward(self, x):
        return self.attn(torch.relu(self.conv(x)))
