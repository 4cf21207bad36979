# residua-test: wrong target=VNetDown
# What is wrong: `residual` is taken after the convolutions, so the block adds their output to itself and the stage input is not skipped to the end
import torch
import torch.nn as nn


class ConvBlock(nn.Module):
    """V-Net stage: n 5x5x5 convs, the input of the stage is added after the last one."""

    def __init__(self, channels, n_convs):
        super().__init__()
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for _ in range(n_convs):
            self.convs.append(nn.Conv3d(channels, channels, kernel_size=5, padding=2))
            self.norms.append(nn.BatchNorm3d(channels))
        self.act = nn.PReLU(channels)

    def forward(self, x):
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = norm(conv(x))
            if i < len(self.convs) - 1:
                x = self.act(x)
        residual = x
        x = x + residual  # expect: R104
        return self.act(x)


class VNetDown(nn.Module):
    def __init__(self, in_channels=8, n_convs=2):
        super().__init__()
        out_channels = in_channels * 2
        self.block = ConvBlock(in_channels, n_convs)
        self.down = nn.Sequential(
            nn.Conv3d(in_channels, out_channels, kernel_size=2, stride=2),
            nn.BatchNorm3d(out_channels),
            nn.PReLU(out_channels),
        )

    def forward(self, x):
        features = self.block(x)
        return self.down(features), features
