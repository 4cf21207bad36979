# residua-test: right target=DiffWaveResidualBlock
from math import sqrt

import torch
import torch.nn as nn


def Conv1d(*args, **kwargs):
    layer = nn.Conv1d(*args, **kwargs)
    nn.init.kaiming_normal_(layer.weight)
    return layer


class DiffWaveResidualBlock(nn.Module):
    def __init__(self, n_mels, residual_channels, dilation, step_dim=512, uncond=False):
        '''
        :param dilation: audio conv dilation
        :param uncond: True for the unconditional model (no mel input)
        '''
        super().__init__()
        self.dilated_conv = Conv1d(residual_channels, 2 * residual_channels, 3, padding=dilation, dilation=dilation)
        self.diffusion_projection = nn.Linear(step_dim, residual_channels)
        if not uncond:
            self.conditioner_projection = Conv1d(n_mels, 2 * residual_channels, 1)
        else:
            self.conditioner_projection = None
        self.output_projection = Conv1d(residual_channels, 2 * residual_channels, 1)

    def forward(self, x, diffusion_step, conditioner=None):
        assert (conditioner is None) == (self.conditioner_projection is None)

        diffusion_step = self.diffusion_projection(diffusion_step).unsqueeze(-1)
        y = x + diffusion_step
        y = self.dilated_conv(y)
        if self.conditioner_projection is not None:
            y = y + self.conditioner_projection(conditioner)

        gate, filter = torch.chunk(y, 2, dim=1)
        y = torch.sigmoid(gate) * torch.tanh(filter)

        y = self.output_projection(y)
        residual, skip = torch.chunk(y, 2, dim=1)
        return (x + residual) / sqrt(2.0), skip
