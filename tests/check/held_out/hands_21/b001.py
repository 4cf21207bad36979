# residua-test: wrong target=ResidualLayer
# What is wrong: The gate half of the convolution is never used: tanh and sigmoid both take the filter half.
import torch
import torch.nn as nn


class ResidualLayer(nn.Module):
    """Gated layer of a non-causal vocoder (DiffWave / Parallel WaveGAN style).

    x: (B, channels, T), cond: (B, cond_channels, T) upsampled mel frames
    returns the next x and the skip output
    """

    def __init__(self, channels=32, cond_channels=80, kernel_size=3, dilation=1):
        super().__init__()
        self.dilated = nn.Conv1d(channels, 2 * channels, kernel_size,
                                 padding=dilation * (kernel_size - 1) // 2, dilation=dilation)
        self.cond = nn.Conv1d(cond_channels, 2 * channels, 1, bias=False)
        self.out = nn.Conv1d(channels, 2 * channels, 1)

    def forward(self, x, cond):
        y = self.dilated(x) + self.cond(cond)
        filt, gate = torch.chunk(y, 2, dim=1)
        y = torch.tanh(filt) * torch.sigmoid(filt)  # expect: R174
        residual, skip = torch.chunk(self.out(y), 2, dim=1)
        return (x + residual) * 0.5 ** 0.5, skip
