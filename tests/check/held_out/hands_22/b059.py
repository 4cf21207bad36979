# residua-test: wrong target=AttnBlock3D
# What is wrong: A (b, c, t, h, w) tensor is reshaped straight to (b*t, c, hw) without moving t next to b, so channels and frames get mixed up.
import torch
import torch.nn as nn


def Normalize(ch):
    return nn.GroupNorm(num_groups=8, num_channels=ch, eps=1e-6)


class AttnBlock3D(nn.Module):
    """Per-frame spatial self-attention of a causal video VAE, x: (b, c, t, h, w)."""

    def __init__(self, in_channels):
        super().__init__()
        self.in_channels = in_channels
        self.norm = Normalize(in_channels)
        self.q = nn.Conv3d(in_channels, in_channels, 1)
        self.k = nn.Conv3d(in_channels, in_channels, 1)
        self.v = nn.Conv3d(in_channels, in_channels, 1)
        self.proj_out = nn.Conv3d(in_channels, in_channels, 1)

    @staticmethod
    def to_frames(z):
        b, c, t, h, w = z.shape
        return z.reshape(b * t, c, h * w)  # expect: R164

    def forward(self, x):
        b, c, t, h, w = x.shape
        n = self.norm(x)
        q = self.to_frames(self.q(n)).transpose(1, 2)
        k = self.to_frames(self.k(n))
        v = self.to_frames(self.v(n))
        attn = torch.bmm(q, k) * c ** -0.5
        attn = attn.softmax(dim=2)
        out = torch.bmm(v, attn.transpose(1, 2))
        out = out.reshape(b, c, t, h, w)  # expect
        return x + self.proj_out(out)
