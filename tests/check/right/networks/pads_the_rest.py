# residua-test: right target=SegNet
import torch
import torch.nn.functional as F
from torch import nn


class Res(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(torch.relu(self.conv1(x)))


class Up(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.up = nn.ConvTranspose2d(width, width, 2, 2)
        self.fuse = nn.Conv2d(2 * width, width, 1)
        self.res = Res(width)

    def forward(self, x, skip):
        x = self.up(x)
        dy = skip.shape[2] - x.shape[2]
        dx = skip.shape[3] - x.shape[3]
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.res(self.fuse(torch.cat([skip, x], dim=1)))


class SegNet(nn.Module):
    def __init__(self, width=16, num_classes=4):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.enc1, self.enc2, self.mid = Res(width), Res(width), Res(width)
        self.up2, self.up1 = Up(width), Up(width)
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, x):
        first = self.enc1(self.stem(x))
        second = self.enc2(F.max_pool2d(first, 2))
        x = self.mid(F.max_pool2d(second, 2))
        return self.head(self.up1(self.up2(x, second), first))
