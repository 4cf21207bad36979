# residua-test: wrong target=ConformerEncoder
# What is wrong: The sub-modules are created once outside the lambda, so all blocks share the same feed-forward, attention and convolution parameters instead of having their own.
import torch
from torch import nn


class MultiSequential(nn.Sequential):
    def forward(self, *args):
        for m in self:
            args = m(*args)
        return args


def repeat(n, fn):
    return MultiSequential(*[fn() for _ in range(n)])


class FeedForward(nn.Module):
    def __init__(self, d, hidden, p):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, hidden), nn.SiLU(), nn.Dropout(p), nn.Linear(hidden, d), nn.Dropout(p))

    def forward(self, x):
        return self.net(x)


class ConvolutionModule(nn.Module):
    def __init__(self, d, kernel):
        super().__init__()
        self.pw1 = nn.Conv1d(d, 2 * d, 1)
        self.dw = nn.Conv1d(d, d, kernel, padding=(kernel - 1) // 2, groups=d)
        self.norm = nn.GroupNorm(1, d)
        self.pw2 = nn.Conv1d(d, d, 1)

    def forward(self, x):
        x = nn.functional.glu(self.pw1(x.transpose(1, 2)), dim=1)
        x = self.pw2(nn.functional.silu(self.norm(self.dw(x))))
        return x.transpose(1, 2)


class ConformerBlock(nn.Module):
    def __init__(self, d, ff_macaron, attn, conv, ff):
        super().__init__()
        self.ff_macaron, self.attn, self.conv, self.ff = ff_macaron, attn, conv, ff
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(5))

    def forward(self, x, mask):
        x = x + 0.5 * self.ff_macaron(self.norms[0](x))
        h = self.norms[1](x)
        x = x + self.attn(h, h, h, key_padding_mask=mask, need_weights=False)[0]
        x = x + self.conv(self.norms[2](x))
        x = x + 0.5 * self.ff(self.norms[3](x))
        return self.norms[4](x), mask


class ConformerEncoder(nn.Module):
    """idim -> num_blocks conformer blocks"""

    def __init__(self, idim=40, d=48, heads=4, hidden=96, kernel=7, num_blocks=4, p=0.1):
        super().__init__()
        self.embed = nn.Linear(idim, d)
        ff_macaron = FeedForward(d, hidden, p)  # expect: R122
        attn = nn.MultiheadAttention(d, heads, batch_first=True)
        conv = ConvolutionModule(d, kernel)
        ff = FeedForward(d, hidden, p)
        self.encoders = repeat(num_blocks, lambda: ConformerBlock(d, ff_macaron, attn, conv, ff))

    def forward(self, xs, mask=None):
        xs, _ = self.encoders(self.embed(xs), mask)
        return xs
