# residua-test: wrong target=Critic
import torch.nn as nn


def activation(slope=1.0):
    return nn.LeakyReLU(negative_slope=slope, inplace=True)  # expect: R239


class CriticBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            activation(), nn.Conv2d(channels, channels, 3, padding=1),
            activation(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        return x.clone() + self.body(x.clone())


class Critic(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.Sequential(CriticBlock(width), CriticBlock(width))
        self.score = nn.Linear(width, 1)

    def forward(self, image):
        return self.score(self.blocks(self.enter(image)).mean((2, 3)))
