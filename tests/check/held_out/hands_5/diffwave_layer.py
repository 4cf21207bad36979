# residua-test: right target=WaveResidual
import math
import torch
import torch.nn as nn


class WaveResidual(nn.Module):
    """Non-causal gated layer of a diffusion vocoder; returns the residual and the skip output."""

    def __init__(self, channels=32, step_dim=64, dilation=2):
        super().__init__()
        self.dilated = nn.Conv1d(channels, 2 * channels, 3, padding=dilation, dilation=dilation)
        self.step = nn.Linear(step_dim, channels)
        self.out = nn.Conv1d(channels, 2 * channels, 1)

    def forward(self, x, step):
        y = x + self.step(step).unsqueeze(-1)
        gate, filt = self.dilated(y).chunk(2, dim=1)
        y = torch.sigmoid(gate) * torch.tanh(filt)
        residual, skip = self.out(y).chunk(2, dim=1)
        return (x + residual) / math.sqrt(2.0), skip
