# residua-test: wrong target=Generator
# What is wrong: The second positional argument of BatchNorm2d is eps, so the 0.8 meant as momentum (a Keras value) damps the normalisation of every residual block.
import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.Conv2d(in_features, in_features, 3, 1, 1),
            nn.BatchNorm2d(in_features, 0.8),  # expect: R238
            nn.PReLU(),
            nn.Conv2d(in_features, in_features, 3, 1, 1),
            nn.BatchNorm2d(in_features, 0.8),  # expect
        )

    def forward(self, x):
        return x + self.conv_block(x)


class Generator(nn.Module):
    """SRGAN-like generator, factor 2."""

    def __init__(self, in_channels=3, out_channels=3, n_residual_blocks=3, nf=32):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(in_channels, nf, 9, 1, 4), nn.PReLU())
        self.trunk = nn.Sequential(*[ResidualBlock(nf) for _ in range(n_residual_blocks)])
        self.merge = nn.Conv2d(nf, nf, 3, 1, 1)
        self.up = nn.Sequential(nn.Conv2d(nf, 4 * nf, 3, 1, 1), nn.PixelShuffle(2), nn.PReLU())
        self.tail = nn.Conv2d(nf, out_channels, 9, 1, 4)

    def forward(self, lr):
        shallow = self.head(lr)
        deep = self.merge(self.trunk(shallow)) + shallow
        return torch.tanh(self.tail(self.up(deep)))
