# residua-test: wrong target=OrganUnit
# What is wrong: conv3 and norm3 are made in any case and used only when channels or stride change: parameters without gradient, an error under DDP
from typing import Sequence, Union

from torch import Tensor, nn

Size = Union[int, Sequence[int]]


class OrganUnit(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: Size = 1):
        super().__init__()
        pad = kernel_size // 2
        self.conv1 = nn.Conv3d(in_channels, out_channels, kernel_size, stride, pad, bias=False)
        self.norm1 = nn.InstanceNorm3d(out_channels, affine=True)
        self.conv2 = nn.Conv3d(out_channels, out_channels, kernel_size, 1, pad, bias=False)
        self.norm2 = nn.InstanceNorm3d(out_channels, affine=True)
        self.lrelu = nn.LeakyReLU(0.01)
        strides = (stride,) * 3 if isinstance(stride, int) else tuple(stride)
        self.downsample = in_channels != out_channels or any(s != 1 for s in strides)
        self.conv3 = nn.Conv3d(in_channels, out_channels, 1, stride, bias=False)  # expect: R126
        self.norm3 = nn.InstanceNorm3d(out_channels, affine=True)

    def forward(self, inp: Tensor) -> Tensor:
        residual = inp
        out = self.lrelu(self.norm1(self.conv1(inp)))
        out = self.norm2(self.conv2(out))
        if self.downsample:
            residual = self.norm3(self.conv3(residual))
        out = out + residual
        return self.lrelu(out)
