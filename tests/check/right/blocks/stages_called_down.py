# residua-test: right target=Volumes
import torch.nn as nn


class Stage(nn.Module):
    """Halves the map, then adds one convolution to it."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv3d(c_in, c_out, 2, stride=2, bias=False), nn.BatchNorm3d(c_out), nn.PReLU(c_out))
        self.body = nn.Sequential(nn.Conv3d(c_out, c_out, 3, padding=1, bias=False), nn.BatchNorm3d(c_out))
        self.act = nn.PReLU(c_out)

    def forward(self, x):
        start = self.reduce(x)
        return self.act(start + self.body(start))


class Volumes(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Sequential(nn.Conv3d(1, 8, 3, padding=1, bias=False), nn.BatchNorm3d(8), nn.PReLU(8))
        self.down1 = Stage(8, 16)
        self.down2 = Stage(16, 32)

    def forward(self, x):
        first = self.enter(x)
        second = self.down1(first)
        return first, second, self.down2(second)
