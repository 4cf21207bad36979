# residua-test: right target=SkipBottleneck
import torch
from torch import nn
from functools import partial
from collections import OrderedDict


ACTS = {
    "relu": partial(nn.ReLU, inplace=True),
    "leaky": partial(nn.LeakyReLU, 0.01, inplace=True),
    "selu": nn.SELU,
    "linear": nn.Identity,
}


class SkipBase(nn.Module):
    """Wires things together, the subclasses fill self.body"""

    body: nn.Module

    def __init__(self, n_in: int, n_out: int, stride: int = 1, act: str = "relu"):
        super().__init__()
        self.n_in, self.n_out, self.stride = n_in, n_out, stride
        self.final_act = ACTS[act]()
        self.shortcut = None
        if self.needs_projection:
            self.shortcut = self.cbn(n_in, n_out, 1, stride)

    @staticmethod
    def cbn(a, b, k=3, stride=1):
        return nn.Sequential(OrderedDict(
            conv=nn.Conv2d(a, b, k, stride, k // 2, bias=False),
            bn=nn.BatchNorm2d(b),
        ))

    @property
    def needs_projection(self) -> bool:
        return self.stride != 1 or self.n_in != self.n_out

    def forward(self, x):
        kept = x
        if self.needs_projection:
            kept = self.shortcut(x)
        x = self.body(x)
        x += kept
        return self.final_act(x)


class SkipBottleneck(SkipBase):
    ratio = 4

    def __init__(self, n_in: int = 32, squeeze: int = 16, stride: int = 1, act: str = "relu"):
        super().__init__(n_in, squeeze * self.ratio, stride, act)
        self.body = nn.Sequential(
            self.cbn(n_in, squeeze, 1),
            ACTS[act](),
            self.cbn(squeeze, squeeze, 3, stride),
            ACTS[act](),
            self.cbn(squeeze, self.n_out, 1),
        )
