# residua-test: right target=NoisyBlock
"""Karras 2019: noise an image, scaled by a weight that starts at zero; it is drawn in eval mode too."""

import torch
from torch import nn


class NoiseInjection(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, image):
        noise = image.new_empty(image.shape[0], 1, *image.shape[2:]).normal_()
        return image + self.weight * noise


class NoisyBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.noise1, self.noise2 = NoiseInjection(), NoiseInjection()
        self.act = nn.LeakyReLU(0.2)

    def forward(self, x):
        out = self.act(self.noise1(self.conv1(x)))
        return x + self.noise2(self.conv2(out))
