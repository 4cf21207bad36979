# residua-test: wrong target=ResBlock args=spatial_dims=3,in_channels=16,norm_groups=4,kernel_size=5
# What is wrong: kernel_size is accepted (and validated) but never handed to the convolutions, which always use 3
from __future__ import annotations

import torch
import torch.nn as nn

_CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}


def get_conv_layer(spatial_dims: int, in_channels: int, out_channels: int, kernel_size: int = 3,
                   stride: int = 1, bias: bool = False) -> nn.Module:
    return _CONV[spatial_dims](in_channels, out_channels, kernel_size, stride=stride,
                               padding=kernel_size // 2, bias=bias)


class ResBlock(nn.Module):
    """
    Pre-activation residual block for 3D MRI segmentation (autoencoder regularisation).

    Args:
        spatial_dims: number of spatial dimensions, could be 1, 2 or 3.
        in_channels: number of input channels.
        norm_groups: number of groups of the group normalisation.
        kernel_size: convolution kernel size, an odd number. Defaults to 3.
    """

    def __init__(self, spatial_dims: int, in_channels: int, norm_groups: int = 8,
                 kernel_size: int = 3) -> None:  # expect
        super().__init__()
        if kernel_size % 2 != 1:  # expect
            raise AssertionError("kernel_size should be an odd number.")
        self.norm1 = nn.GroupNorm(norm_groups, in_channels)
        self.norm2 = nn.GroupNorm(norm_groups, in_channels)
        self.act = nn.ReLU(inplace=True)
        self.conv1 = get_conv_layer(spatial_dims, in_channels=in_channels, out_channels=in_channels)  # expect: R189
        self.conv2 = get_conv_layer(spatial_dims, in_channels=in_channels, out_channels=in_channels)  # expect

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.norm1(x)
        x = self.act(x)
        x = self.conv1(x)
        x = self.norm2(x)
        x = self.act(x)
        x = self.conv2(x)
        return x + identity
