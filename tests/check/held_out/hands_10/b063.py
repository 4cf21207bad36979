# residua-test: wrong target=RegistrationResidualConvBlock
# What is wrong: The skip is the unprojected block input, so the sum fails whenever out_channels differs from in_channels although the constructor takes both.
from typing import Union

import torch
from torch import nn


def get_conv_block(spatial_dims: int, in_channels: int, out_channels: int, kernel_size: int = 3) -> nn.Module:
    conv = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[spatial_dims]
    return conv(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)


class RegistrationResidualConvBlock(nn.Module):
    """
    A block with skip links and layer - norm - activation.
    Only changes the number of channels, the spatial size is kept same.
    """

    def __init__(
        self, in_channels: int, out_channels: int, num_layers: int = 2, kernel_size: int = 3, spatial_dims: int = 3
    ):
        """
        Args:
            in_channels: number of input channels
            out_channels: number of output channels
            num_layers: number of layers inside the block
        """
        super().__init__()
        self.num_layers = num_layers
        self.layers = nn.ModuleList(
            [
                get_conv_block(spatial_dims, in_channels if i == 0 else out_channels, out_channels, kernel_size)
                for i in range(num_layers)
            ]
        )
        norm = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[spatial_dims]
        self.norms = nn.ModuleList([norm(out_channels) for _ in range(num_layers)])
        self.acts = nn.ModuleList([nn.ReLU() for _ in range(num_layers)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skip = x
        for i, (conv, norm, act) in enumerate(zip(self.layers, self.norms, self.acts)):
            x = conv(x)
            x = norm(x)
            if i == self.num_layers - 1:
                # last block
                x = x + skip  # expect: R114
            x = act(x)
        return x
