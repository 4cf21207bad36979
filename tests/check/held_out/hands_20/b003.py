# residua-test: wrong target=Discriminator
# What is wrong: LeakyReLU(True) sets the negative slope to 1 (the first parameter is not inplace), so the activations are the identity.
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import spectral_norm as sn


def lrelu():
    return nn.LeakyReLU(True)  # expect: R239


class DBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.net = nn.Sequential(
            sn(nn.Conv2d(cin, cout, 3, padding=1)),
            lrelu(),
            sn(nn.Conv2d(cout, cout, 3, padding=1)),
            nn.AvgPool2d(2),
        )
        self.skip = nn.Sequential(nn.AvgPool2d(2), sn(nn.Conv2d(cin, cout, 1)))
        self.post = lrelu()

    def forward(self, x):
        return self.post(self.net(x) + self.skip(x))


class Discriminator(nn.Module):
    """Residual critic for 32x32 images."""

    def __init__(self, img_channels=3, ch=16):
        super().__init__()
        widths = [img_channels, ch, 2 * ch, 4 * ch]
        self.blocks = nn.Sequential(*[DBlock(a, b) for a, b in zip(widths, widths[1:])])
        self.out = sn(nn.Linear(widths[-1], 1))

    def forward(self, img):
        return self.out(self.blocks(img).sum(dim=(2, 3)))
