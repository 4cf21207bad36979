# residua-test: right target=FocusNet
import torch
from torch import nn


def cba(i, o, k=1, s=1):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o), nn.SiLU())


class Focus(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = cba(4 * i, o, 3)

    def forward(self, x):
        return self.conv(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1))


class Neck(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.cv1, self.cv2 = cba(c, c // 2), cba(c // 2, c, 3)

    def forward(self, x):
        return x + self.cv2(self.cv1(x))


class FocusNet(nn.Module):
    """Pictures with sides divisible by 8."""

    def __init__(self, width=16, classes=6):
        super().__init__()
        self.stem = Focus(3, width)
        self.body = nn.Sequential(Neck(width), cba(width, 2 * width, 3, 2), Neck(2 * width), Neck(2 * width), cba(2 * width, 4 * width, 3, 2), Neck(4 * width))
        self.head = nn.Linear(4 * width, classes)

    def forward(self, image):
        return self.head(self.body(self.stem(image)).mean((2, 3)))
