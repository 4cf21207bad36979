# residua-test: right target=RevBlock
import torch
import torch.nn as nn


class RevBlock(nn.Module):
    def __init__(self, in_ch, mult=2):
        super(RevBlock, self).__init__()
        self.half = in_ch // 2
        h = self.half
        self.f = nn.Sequential(
            nn.GroupNorm(1, h), nn.ReLU(inplace=True), nn.Conv2d(h, mult * h, 1),
            nn.GroupNorm(1, mult * h), nn.ReLU(inplace=True), nn.Conv2d(mult * h, h, 3, padding=1))

    def _split(self, x):
        return x[:, :self.half], x[:, self.half:]

    def forward(self, x):
        """ bijective: (x1, x2) -> (x2, x1 + F(x2)), the halves change place each time """
        x1, x2 = self._split(x)
        Fx2 = self.f(x2)
        return torch.cat((x2, Fx2 + x1), 1)

    def inverse(self, y):
        """ (y1, y2) -> (y2 - F(y1), y1) """
        y1, y2 = self._split(y)
        Fy1 = -self.f(y1)
        return torch.cat((y2 + Fy1, y1), 1)
