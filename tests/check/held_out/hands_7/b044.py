# residua-test: right target=RecursiveSR
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.f = nn.Sequential(nn.LeakyReLU(0.1), nn.Conv2d(ch, ch, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(ch, ch, 3, padding=1))

    def forward(self, h, anchor):
        # the identity always comes from the features before the recursion
        return anchor + self.f(h)


class RecursiveSR(nn.Module):
    """Recursive residual network in the spirit of DRRN.

    There is only one residual unit; it is applied `times` times with the *same*
    weights, so depth costs no parameters. Luminance images (B, 1, H, W), already
    enlarged by bicubic interpolation; the network predicts the missing detail.
    """

    def __init__(self, times=6, ch=24):
        super().__init__()
        self.times = times
        self.lift = nn.Conv2d(1, ch, 3, padding=1)
        self.unit = Unit(ch)
        self.drop_back = nn.Sequential(nn.LeakyReLU(0.1), nn.Conv2d(ch, 1, 3, padding=1))

    def forward(self, y):
        anchor = self.lift(y)
        h = anchor
        for _ in range(self.times):
            h = self.unit(h, anchor)
        return y + self.drop_back(h)
