# residua-test: wrong target=Generator
# What is wrong: the branch is multiplied by a scale that starts at zero and its last convolution is zero as well; the gradient of both is zero for ever, so the blocks never train.
import torch
import torch.nn as nn


class ZeroResBlock(nn.Module):
    # starts as an identity so that we can stack many of them without norm layers
    def __init__(self, nf):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, padding=1)
        self.act = nn.LeakyReLU(0.2)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1)
        self.scale = nn.Parameter(torch.zeros(1))  # expect
        nn.init.zeros_(self.conv2.weight)  # expect: R172
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        y = self.conv2(self.act(self.conv1(x)))
        return x + self.scale * y


class Generator(nn.Module):
    """x2 super-resolution generator"""

    def __init__(self, nf=32, nb=8):
        super().__init__()
        self.head = nn.Conv2d(3, nf, 3, padding=1)
        self.trunk = nn.Sequential(*(ZeroResBlock(nf) for _ in range(nb)))
        self.tail = nn.Sequential(
            nn.Conv2d(nf, nf * 4, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.2), nn.Conv2d(nf, 3, 3, padding=1))

    def forward(self, lr):
        x = self.head(lr)
        return self.tail(self.trunk(x))
