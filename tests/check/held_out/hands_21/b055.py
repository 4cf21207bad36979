# residua-test: wrong target=NormFreeSR
# What is wrong: The gate alpha and the last convolution of the branch are both zero at the start, so each one's gradient is multiplied by the other's zero and the block never learns anything.
import torch
import torch.nn as nn


class ZeroGateBlock(nn.Module):
    """Residual block without normalisation; starts as the identity."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.act = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv1.weight, nonlinearity="relu")
        nn.init.zeros_(self.conv2.weight)  # expect: R172
        self.alpha = nn.Parameter(torch.zeros(1))  # expect

    def forward(self, x):
        return x + self.alpha * self.conv2(self.act(self.conv1(x)))


class NormFreeSR(nn.Module):
    def __init__(self, num_blocks=4, channels=32, upscale=2):
        super().__init__()
        self.head = nn.Conv2d(3, channels, 3, padding=1)
        self.body = nn.Sequential(*[ZeroGateBlock(channels) for _ in range(num_blocks)])
        self.tail = nn.Sequential(
            nn.Conv2d(channels, 3 * upscale ** 2, 3, padding=1),
            nn.PixelShuffle(upscale),
        )
        self.up = nn.Upsample(scale_factor=upscale, mode="bicubic", align_corners=False)

    def forward(self, lr):
        return self.up(lr) + self.tail(self.body(self.head(lr)))
