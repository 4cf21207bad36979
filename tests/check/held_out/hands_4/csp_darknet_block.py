# residua-test: wrong target=CSPBlock args='in_channels=32,out_channels=32,residual_activation="relu"'
# What is wrong: With residual_activation='relu' the in-place += overwrites the ReLU output that autograd saved, and backward raises; other activations work
import torch
import torch.nn as nn
import torch.nn.functional as F


class Mish(nn.Module):
    def forward(self, x):
        return x * torch.tanh(F.softplus(x))


activate_name = {
    "relu": nn.ReLU,
    "leaky": nn.LeakyReLU,
    "linear": nn.Identity,
    "mish": Mish,
}


class Convolutional(nn.Module):
    def __init__(self, filters_in, filters_out, kernel_size, stride=1, activate="mish"):
        super().__init__()
        self._conv = nn.Conv2d(filters_in, filters_out, kernel_size, stride, kernel_size // 2, bias=False)
        self._bn = nn.BatchNorm2d(filters_out)
        self._activate = activate_name[activate]()

    def forward(self, x):
        return self._activate(self._bn(self._conv(x)))


class CSPBlock(nn.Module):
    def __init__(self, in_channels, out_channels, hidden_channels=None, residual_activation="linear"):
        super().__init__()
        if hidden_channels is None:
            hidden_channels = out_channels
        self.block = nn.Sequential(
            Convolutional(in_channels, hidden_channels, 1),
            Convolutional(hidden_channels, out_channels, 3),
        )
        self.activation = activate_name[residual_activation]()  # expect

    def forward(self, x):
        residual = x
        out = self.activation(self.block(x))  # expect
        out += residual  # expect: R109
        return out
