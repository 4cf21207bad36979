# residua-test: right target=VNetEncoder
# Why it is right: V-Net's first stage repeats the one-channel volume to 16 channels as its shortcut; the down stages add the strided convolution's output.
import torch
import torch.nn as nn


def unit(c):
    return nn.Sequential(nn.Conv3d(c, c, 5, padding=2), nn.BatchNorm3d(c))


class InputTransition(nn.Module):
    def __init__(self, out_channels=16):
        super().__init__()
        self.out_channels = out_channels
        self.conv = nn.Conv3d(1, out_channels, 5, padding=2)
        self.bn = nn.BatchNorm3d(out_channels)
        self.act = nn.PReLU(out_channels)

    def forward(self, x):
        out = self.bn(self.conv(x))
        wide = x.expand(-1, self.out_channels, -1, -1, -1)
        return self.act(out + wide)


class DownTransition(nn.Module):
    def __init__(self, cin, n_convs):
        super().__init__()
        c = 2 * cin
        self.down = nn.Sequential(nn.Conv3d(cin, c, 2, stride=2), nn.BatchNorm3d(c), nn.PReLU(c))
        ops = []
        for i in range(n_convs):
            ops.append(unit(c))
            if i + 1 < n_convs:
                ops.append(nn.PReLU(c))
        self.ops = nn.Sequential(*ops)
        self.act = nn.PReLU(c)

    def forward(self, x):
        down = self.down(x)
        return self.act(self.ops(down) + down)


class VNetEncoder(nn.Module):
    """Prostate MR volumes: (B, 1, D, H, W) -> three feature maps."""

    def __init__(self):
        super().__init__()
        self.inp = InputTransition(16)
        self.down1 = DownTransition(16, 1)
        self.down2 = DownTransition(32, 2)

    def forward(self, x):
        a = self.inp(x)
        b = self.down1(a)
        return a, b, self.down2(b)
