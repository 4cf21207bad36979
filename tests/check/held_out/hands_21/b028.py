# residua-test: wrong target=ResBlock
# What is wrong: The first ReLU works in place on the block's input, so the skip adds the rectified input instead of the input itself.
import torch
from torch import nn


class ResBlock(nn.Module):
    """Residual stack element of a VQ autoencoder (pre-activation)."""

    def __init__(self, channels=64, hidden=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(channels, hidden, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1),
        )

    def forward(self, x):
        y = self.body(x)
        y += x
        return y


class Encoder(nn.Module):
    def __init__(self, in_channels=3, channels=64, n_res=2, code_dim=32):
        super().__init__()
        net = [
            nn.Conv2d(in_channels, channels // 2, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels // 2, channels, 4, stride=2, padding=1),
        ]
        net.extend(ResBlock(channels) for _ in range(n_res))
        net.append(nn.ReLU(inplace=True))
        net.append(nn.Conv2d(channels, code_dim, 1))
        self.net = nn.Sequential(*net)

    def forward(self, img):
        return self.net(img)
