# residua-test: wrong target=ResidualLayer
# What is wrong: the first ReLU works in place, so the skip (and the caller's tensor) is relu(x) and not x
import torch
from torch import nn


class ResidualLayer(nn.Module):
    """
    Residual layer for the VQ-VAE assignment (CIFAR-10, 8x8 latents).

    h_dim : channels going in and out
    res_dim : channels of the hidden conv

    computes  x + conv1x1(relu(conv3x3(relu(x))))
    """

    def __init__(self, h_dim, res_dim):
        super().__init__()
        self.res_block = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(h_dim, res_dim, kernel_size=3, stride=1, padding=1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(res_dim, h_dim, kernel_size=1, stride=1, bias=False),
        )

    def forward(self, x):
        x = x + self.res_block(x)
        return x
