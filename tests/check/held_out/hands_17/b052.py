# residua-test: wrong target=WaveUnit
# What is wrong: the padding grows with the dilation, the part cut off at the end does not: with causal and a dilation the branch is too long for the sum
import torch
import torch.nn as nn


class WaveUnit(nn.Module):
    """Gated unit over (batch, channels, samples); future samples are hidden when causal."""

    def __init__(self, channels, kernel_size=3, dilation=1, causal=False):
        super().__init__()
        reach = dilation * (kernel_size - 1)
        if causal:
            pad = reach
            self.cut = kernel_size - 1  # expect: R234
        else:
            pad = reach // 2
            self.cut = 0
        self.gated = nn.Conv1d(channels, 2 * channels, kernel_size, padding=pad, dilation=dilation)
        self.project = nn.Conv1d(channels, channels, 1)

    def forward(self, wave):
        both = self.gated(wave)
        if self.cut:
            both = both[:, :, : -self.cut]
        signal, gate = both.chunk(2, dim=1)
        return wave + self.project(torch.tanh(signal) * torch.sigmoid(gate))
