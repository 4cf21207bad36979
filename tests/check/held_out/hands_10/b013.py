# residua-test: wrong target=VNetStem args='in_channels=1, levels=2, base=32'
# What is wrong: InputTransition hard-codes 16 output channels and ignores out_channels, so the network fails for every base width other than 16.
import torch
import torch.nn as nn


class InputTransition(nn.Module):
    """5x5x5 conv, the input is repeated along the channels and added"""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        if 16 % in_channels != 0:
            raise ValueError("16 should be divisible by in_channels, got %d" % in_channels)
        self.in_channels = in_channels
        self.conv = nn.Conv3d(in_channels, 16, 5, padding=2)  # expect
        self.bn = nn.BatchNorm3d(16)
        self.act = nn.PReLU(16)

    def forward(self, x):
        out = self.bn(self.conv(x))
        repeat_num = 16 // self.in_channels
        x16 = x.repeat([1, repeat_num, 1, 1, 1])
        out = self.act(torch.add(out, x16))
        return out


class LUConv(nn.Module):
    def __init__(self, nch):
        super().__init__()
        self.conv = nn.Conv3d(nch, nch, 5, padding=2)
        self.bn = nn.BatchNorm3d(nch)
        self.act = nn.PReLU(nch)

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class DownTransition(nn.Module):
    def __init__(self, in_channels, nconvs):
        super().__init__()
        out_channels = 2 * in_channels
        self.down_conv = nn.Conv3d(in_channels, out_channels, 2, stride=2)  # found: R154
        self.bn1 = nn.BatchNorm3d(out_channels)
        self.act1 = nn.PReLU(out_channels)
        self.ops = nn.Sequential(*[LUConv(out_channels) for _ in range(nconvs)])
        self.act2 = nn.PReLU(out_channels)

    def forward(self, x):
        down = self.act1(self.bn1(self.down_conv(x)))
        out = self.ops(down)
        return self.act2(torch.add(out, down))


class VNetStem(nn.Module):
    """encoder half of a V-Net, gives the features of each level"""

    def __init__(self, in_channels=1, levels=2, base=32):
        super().__init__()
        self.in_tr = InputTransition(in_channels, base)
        self.downs = nn.ModuleList(DownTransition(base * 2 ** i, i + 1) for i in range(levels))

    def forward(self, x):
        feats = [self.in_tr(x)]
        for d in self.downs:
            feats.append(d(feats[-1]))
        return feats
