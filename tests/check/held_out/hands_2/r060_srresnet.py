# residua-test: right target=Generator
import math
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        residual = self.prelu(self.bn1(self.conv1(x)))
        residual = self.bn2(self.conv2(residual))
        return x + residual


class Generator(nn.Module):
    """SRGAN / SRResNet generator."""

    def __init__(self, scale_factor=2, nf=64, n_res=5):
        super().__init__()
        n_up = int(math.log(scale_factor, 2))
        self.entry = nn.Sequential(nn.Conv2d(3, nf, 9, padding=4), nn.PReLU())
        self.blocks = nn.ModuleList(ResidualBlock(nf) for _ in range(n_res))
        self.after = nn.Sequential(nn.Conv2d(nf, nf, 3, padding=1), nn.BatchNorm2d(nf))
        ups = []
        for _ in range(n_up):
            ups += [nn.Conv2d(nf, nf * 4, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()]
        self.upsample = nn.Sequential(*ups, nn.Conv2d(nf, 3, 9, padding=4))

    def forward(self, x):
        first = self.entry(x)
        h = first
        for b in self.blocks:
            h = b(h)
        h = first + self.after(h)
        return (self.upsample(h).tanh() + 1) / 2
