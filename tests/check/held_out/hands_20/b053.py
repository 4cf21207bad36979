# residua-test: wrong target=ValidStack
# What is wrong: The unpadded causal convolution drops the oldest samples, but the skip keeps the first samples instead of the last, so the two terms of the sum are shifted in time.
import torch
import torch.nn as nn


class ValidBlock(nn.Module):
    """Causal dilated block without padding: the output at time t uses t and the past,
    and the sequence gets shorter by dilation * (k - 1)."""

    def __init__(self, ch, k=2, dilation=1):
        super().__init__()
        self.conv = nn.Conv1d(ch, 2 * ch, k, dilation=dilation)
        self.proj = nn.Conv1d(ch, ch, 1)

    def forward(self, x):
        a, b = self.conv(x).chunk(2, 1)
        y = self.proj(torch.tanh(a) * torch.sigmoid(b))
        return y + x[..., :y.size(-1)]  # expect: R176


class ValidStack(nn.Module):
    def __init__(self, in_channels=1, channels=16, dilations=(1, 2, 4, 8), out_channels=1):
        super().__init__()
        self.start = nn.Conv1d(in_channels, channels, 1)
        self.blocks = nn.Sequential(*(ValidBlock(channels, 2, d) for d in dilations))
        self.end = nn.Conv1d(channels, out_channels, 1)
        self.receptive_field = 1 + sum(dilations)

    def forward(self, x):
        assert x.size(-1) >= self.receptive_field
        return self.end(self.blocks(self.start(x)))
