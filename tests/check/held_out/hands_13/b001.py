# residua-test: right target=MBConvLite
import torch
from torch import nn


class MBConvLite(nn.Module):
    """expand -> depthwise -> linear projection. No skip if the block changes the size or the width."""

    def __init__(self, c_in: int = 24, c_out: int = 24, stride: int = 1, t: int = 6):
        super().__init__()
        wide = c_in * t
        steps = []
        if t > 1:
            steps += self._unit(c_in, wide, 1)
        steps += self._unit(wide, wide, 3, stride=stride, groups=wide)
        steps += self._unit(wide, c_out, 1)[:-1]     # linear, without the activation
        self.steps = nn.Sequential(*steps)
        self.residual = (stride, c_in) == (1, c_out)

    @staticmethod
    def _unit(a, b, k, **kw):
        return [nn.Conv2d(a, b, k, padding=k // 2, bias=False, **kw), nn.BatchNorm2d(b), nn.ReLU6()]

    def forward(self, x):
        y = self.steps(x)
        if not self.residual:
            return y
        return y.add(x)
