# residua-test: right target=ProstateVNet
import torch
import torch.nn as nn


def act(c, kind):
    return nn.ELU() if kind == "elu" else nn.PReLU(c)


class Stack(nn.Module):
    """n times conv5-bn-act, then act(stack(x) + x)"""

    def __init__(self, c, n, kind):
        super().__init__()
        mods = []
        for i in range(n):
            mods += [nn.Conv3d(c, c, 5, padding=2), nn.BatchNorm3d(c)]
            if i < n - 1:
                mods.append(act(c, kind))
        self.stack = nn.Sequential(*mods)
        self.act = act(c, kind)

    def forward(self, x):
        return self.act(self.stack(x) + x)


class Stem(nn.Module):
    def __init__(self, cin, c, kind):
        super().__init__()
        assert c % cin == 0
        self.times = c // cin
        self.conv = nn.Sequential(nn.Conv3d(cin, c, 5, padding=2), nn.BatchNorm3d(c))
        self.act = act(c, kind)

    def forward(self, x):
        return self.act(self.conv(x) + x.repeat(1, self.times, 1, 1, 1))


class Down(nn.Sequential):
    def __init__(self, c, n, kind):
        super().__init__(nn.Conv3d(c, 2 * c, 2, 2), nn.BatchNorm3d(2 * c), act(2 * c, kind), Stack(2 * c, n, kind))


class Up(nn.Module):
    """c channels come from below, the skip has `s`; result has 2*s"""

    def __init__(self, c, s, n, kind, p=0.3):
        super().__init__()
        self.up = nn.Sequential(nn.ConvTranspose3d(c, s, 2, 2), nn.BatchNorm3d(s), act(s, kind))
        self.drop = nn.Dropout3d(p)
        self.body = Stack(2 * s, n, kind)

    def forward(self, low, skip):
        return self.body(torch.cat([self.up(low), self.drop(skip)], dim=1))


class ProstateVNet(nn.Module):
    def __init__(self, cin=1, classes=2, base=8, kind="elu"):
        super().__init__()
        self.stem = Stem(cin, base, kind)
        self.down1 = Down(base, 1, kind)
        self.down2 = Down(2 * base, 2, kind)
        self.up2 = Up(4 * base, 2 * base, 2, kind)
        self.up1 = Up(4 * base, base, 1, kind)
        self.final = nn.Conv3d(2 * base, classes, 1)

    def forward(self, vol):
        a = self.stem(vol)
        b = self.down1(a)
        c = self.down2(b)
        return self.final(self.up1(self.up2(c, b), a))
