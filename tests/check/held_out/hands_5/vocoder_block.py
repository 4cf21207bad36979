# residua-test: wrong target=AdaptiveResBlock
# What is wrong: The dilation grid is moved to CUDA inside forward, so the block cannot run on the CPU (or on another device than cuda:0)
import torch
import torch.nn as nn


class AdaptiveResBlock(nn.Module):
    """Pitch-adaptive residual block: the past and future taps are one pitch period away."""

    def __init__(self, channels=32):
        super().__init__()
        self.past = nn.Conv1d(channels, channels, 1)
        self.now = nn.Conv1d(channels, channels, 1)
        self.future = nn.Conv1d(channels, channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)

    def forward(self, x, period=4):
        b, c, t = x.shape
        index = torch.arange(t).cuda()  # expect: R190
        back = (index - period).clamp(min=0)
        ahead = (index + period).clamp(max=t - 1)
        h = self.past(x[:, :, back]) + self.now(x) + self.future(x[:, :, ahead])  # expect
        return x + self.out(torch.tanh(h))
