# residua-test: wrong target=CSPFirstStage
# What is wrong: `out += residual` changes the ReLU's output, which autograd needs, so backward fails with activate='relu'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Mish(nn.Module):
    def forward(self, x):
        return x * torch.tanh(F.softplus(x))


norm_name = {"bn": nn.BatchNorm2d}
activate_name = {
    "relu": nn.ReLU,
    "leaky": nn.LeakyReLU,
    "mish": Mish,
}


class Convolutional(nn.Module):
    def __init__(self, filters_in, filters_out, kernel_size, stride=1, norm="bn", activate="relu"):
        super(Convolutional, self).__init__()
        self.__conv = nn.Conv2d(filters_in, filters_out, kernel_size, stride,
                                padding=kernel_size // 2, bias=not norm)
        self.__norm = norm_name[norm](filters_out) if norm else None
        self.__act = activate_name[activate]() if activate else None

    def forward(self, x):
        x = self.__conv(x)
        if self.__norm is not None:
            x = self.__norm(x)
        if self.__act is not None:
            x = self.__act(x)
        return x


class CSPBlock(nn.Module):
    def __init__(self, channels, hidden=None, activate="relu"):
        super(CSPBlock, self).__init__()
        hidden = hidden or channels
        self.block = nn.Sequential(
            Convolutional(channels, hidden, 1, activate=activate),
            Convolutional(hidden, channels, 3, activate=activate),
        )

    def forward(self, x):
        residual = x
        out = self.block(x)
        out += residual  # expect: R109
        return out


class CSPFirstStage(nn.Module):
    """down-sample, then two routes; one of them has a residual block"""

    def __init__(self, in_channels, out_channels, activate="relu"):
        super(CSPFirstStage, self).__init__()
        self.downsample = Convolutional(in_channels, out_channels, 3, stride=2, activate=activate)
        self.split0 = Convolutional(out_channels, out_channels, 1, activate=activate)
        self.split1 = Convolutional(out_channels, out_channels, 1, activate=activate)
        self.block = CSPBlock(out_channels, in_channels, activate=activate)
        self.after = Convolutional(out_channels, out_channels, 1, activate=activate)
        self.concat = Convolutional(out_channels * 2, out_channels, 1, activate=activate)

    def forward(self, x):
        x = self.downsample(x)
        x0 = self.split0(x)
        x1 = self.split1(x)
        x1 = self.after(self.block(x1))
        return self.concat(torch.cat([x0, x1], dim=1))
