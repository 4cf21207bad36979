# residua-test: wrong target=BasicBlock
# What is wrong: a misspelt keyword (inpace instead of inplace) makes the constructor raise TypeError when activation is nn.ReLU.
from typing import Callable, Optional, Type

import torch
import torch.nn as nn


class BasicBlock(nn.Module):
    """Residual block with one sum per convolution. activation: nn.PReLU (default) or nn.ReLU."""

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Optional[nn.Module] = None,
        activation: Type[nn.Module] = nn.PReLU,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.act1 = activation(inplace=False) if activation == nn.ReLU else activation(num_parameters=planes)
        self.act2 = activation(inpace=False) if activation == nn.ReLU else activation(num_parameters=planes)  # expect: R161
        if downsample is None and (stride != 1 or inplanes != planes):
            downsample = nn.Sequential(
                nn.AvgPool2d(stride, stride) if stride > 1 else nn.Identity(),
                nn.Conv2d(inplanes, planes, 1, bias=False),
                nn.BatchNorm2d(planes),
            )
        self.downsample = downsample

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.act1(self.bn1(self.conv1(x)) + identity)
        out = self.act2(self.bn2(self.conv2(out)) + out)
        return out
