# residua-test: right target=ResBlock args=dim=64
import torch
from torch import nn


class Conv2dBlock(nn.Module):
    def __init__(self, input_dim, output_dim, kernel_size, stride, padding=0, norm="none", activation="relu",
                 pad_type="zero"):
        super().__init__()
        self.pad = {"reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d,
                    "zero": nn.ZeroPad2d}[pad_type](padding)
        if norm == "bn":
            self.norm = nn.BatchNorm2d(output_dim)
        elif norm == "in":
            self.norm = nn.InstanceNorm2d(output_dim)
        else:
            self.norm = None
        if activation == "relu":
            self.activation = nn.ReLU(inplace=True)
        elif activation == "lrelu":
            self.activation = nn.LeakyReLU(0.2, inplace=True)
        else:
            self.activation = None
        self.conv = nn.Conv2d(input_dim, output_dim, kernel_size, stride)

    def forward(self, x):
        x = self.conv(self.pad(x))
        if self.norm is not None:
            x = self.norm(x)
        if self.activation is not None:
            x = self.activation(x)
        return x


class ResBlock(nn.Module):
    def __init__(self, dim, norm="in", activation="relu", pad_type="reflect"):
        super().__init__()
        self.model = nn.Sequential(
            Conv2dBlock(dim, dim, 3, 1, 1, norm=norm, activation=activation, pad_type=pad_type),
            Conv2dBlock(dim, dim, 3, 1, 1, norm=norm, activation="none", pad_type=pad_type),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        residual = x
        out = self.model(x)
        out += residual
        return out
