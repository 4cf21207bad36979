# residua-test: wrong target=AttnBlock
# What is wrong: The attention output (b, hw, c) is reshaped to (b, c, h, w) without permuting, so channels and positions are scrambled before the sum.
import torch
import torch.nn as nn


class AttnBlock(nn.Module):
    """single-head self attention over the pixels, as in the bottleneck of an autoencoder"""

    def __init__(self, in_channels=32):
        super().__init__()
        self.norm = nn.GroupNorm(num_groups=8, num_channels=in_channels, eps=1e-6, affine=True)
        self.q = nn.Conv2d(in_channels, in_channels, 1)
        self.k = nn.Conv2d(in_channels, in_channels, 1)
        self.v = nn.Conv2d(in_channels, in_channels, 1)
        self.proj_out = nn.Conv2d(in_channels, in_channels, 1)

    def forward(self, x):
        h_ = self.norm(x)
        q, k, v = self.q(h_), self.k(h_), self.v(h_)

        b, c, h, w = q.shape
        q = q.flatten(2).transpose(1, 2)        # b, hw, c
        k = k.flatten(2)                        # b, c, hw
        w_ = torch.bmm(q, k) * (int(c) ** (-0.5))
        w_ = torch.softmax(w_, dim=2)

        v = v.flatten(2).transpose(1, 2)        # b, hw, c
        h_ = torch.bmm(w_, v)
        h_ = h_.reshape(b, c, h, w)  # expect: R164
        return x + self.proj_out(h_)
