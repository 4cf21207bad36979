# residua-test: right target=MRFStage
# Why it is right: HiFi-GAN: the multi-receptive-field fusion averages residual blocks of different kernels, which all see the same up-sampled input; every pair of convolutions has its own skip.
import torch
import torch.nn as nn
import torch.nn.functional as F

SLOPE = 0.1


def get_padding(kernel_size, dilation=1):
    return (kernel_size * dilation - dilation) // 2


class ResBlock1(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=(1, 3, 5)):
        super().__init__()
        self.convs1 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel_size, dilation=d, padding=get_padding(kernel_size, d))
            for d in dilation)
        self.convs2 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel_size, padding=get_padding(kernel_size))
            for _ in dilation)

    def forward(self, x):
        for c1, c2 in zip(self.convs1, self.convs2):
            xt = c1(F.leaky_relu(x, SLOPE))
            xt = c2(F.leaky_relu(xt, SLOPE))
            x = xt + x
        return x


class MRFStage(nn.Module):
    """Up-sampling by `rate` and fusion of the residual blocks, (B, C, T)."""

    def __init__(self, channels=32, rate=4, kernels=(3, 7, 11)):
        super().__init__()
        self.up = nn.ConvTranspose1d(channels, channels // 2, 2 * rate, rate, padding=rate // 2)
        self.resblocks = nn.ModuleList(ResBlock1(channels // 2, k) for k in kernels)

    def forward(self, x):
        x = self.up(F.leaky_relu(x, SLOPE))
        xs = None
        for block in self.resblocks:
            xs = block(x) if xs is None else xs + block(x)
        return xs / len(self.resblocks)
