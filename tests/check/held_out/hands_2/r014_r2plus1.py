# residua-test: right target=SpatioTemporalRes
from torch import nn


class ST(nn.Sequential):
    def __init__(self, i, o, stride=1):
        m = (i * o * 27) // (i * 9 + 3 * o)
        super().__init__(
            nn.Conv3d(i, m, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(m),
            nn.ReLU(),
            nn.Conv3d(m, o, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
        )


class SpatioTemporalRes(nn.Module):
    def __init__(self, in_ch, out_ch, down=False):
        super().__init__()
        s = 2 if down else 1
        self.conv1, self.bn1 = ST(in_ch, out_ch, s), nn.BatchNorm3d(out_ch)
        self.conv2, self.bn2 = ST(out_ch, out_ch), nn.BatchNorm3d(out_ch)
        self.relu = nn.ReLU()
        if down or in_ch != out_ch:
            self.short = nn.Sequential(nn.Conv3d(in_ch, out_ch, 1, s, bias=False), nn.BatchNorm3d(out_ch))
        else:
            self.short = nn.Identity()

    def forward(self, v):
        r = self.relu(self.bn1(self.conv1(v)))
        r = self.bn2(self.conv2(r))
        return self.relu(r + self.short(v))
