# residua-test: right target=DiffWaveBlock
# Why it is right: DiffWave: the sum of input and residual half is divided by sqrt(2), and the other half leaves as a skip output.
import math
import torch
import torch.nn as nn


class DiffWaveBlock(nn.Module):
    """x: (B, C, T), step: (B, step_dim), mel: (B, n_mels, T) -> (next x, skip)"""

    def __init__(self, n_mels=20, residual_channels=32, dilation=4, step_dim=64):
        super().__init__()
        c = residual_channels
        self.dilated_conv = nn.Conv1d(c, 2 * c, 3, padding=dilation, dilation=dilation)
        self.diffusion_projection = nn.Linear(step_dim, c)
        self.conditioner_projection = nn.Conv1d(n_mels, 2 * c, 1)
        self.output_projection = nn.Conv1d(c, 2 * c, 1)
        nn.init.kaiming_normal_(self.dilated_conv.weight)

    def forward(self, x, step, mel):
        y = x + self.diffusion_projection(step).unsqueeze(-1)
        y = self.dilated_conv(y) + self.conditioner_projection(mel)
        gate, filt = torch.chunk(y, 2, dim=1)
        y = torch.sigmoid(gate) * torch.tanh(filt)
        residual, skip = torch.chunk(self.output_projection(y), 2, dim=1)
        return (x + residual) / math.sqrt(2.0), skip
