# residua-test: right target=GBlockDeep
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm as sn


class ccbn(nn.Module):
    def __init__(self, output_size, input_size):
        super().__init__()
        self.bn = nn.BatchNorm2d(output_size, affine=False)
        self.gain = sn(nn.Linear(input_size, output_size, bias=False))
        self.bias = sn(nn.Linear(input_size, output_size, bias=False))

    def forward(self, x, y):
        gain = (1 + self.gain(y)).view(y.size(0), -1, 1, 1)
        bias = self.bias(y).view(y.size(0), -1, 1, 1)
        return self.bn(x) * gain + bias


class GBlockDeep(nn.Module):
    def __init__(self, in_channels, out_channels, y_dim, upsample=False, channel_ratio=4):
        super().__init__()
        assert out_channels <= in_channels, 'channels can only be dropped'
        self.out_channels = out_channels
        self.up = upsample
        hid = in_channels // channel_ratio
        self.conv1 = sn(nn.Conv2d(in_channels, hid, 1))
        self.conv2 = sn(nn.Conv2d(hid, hid, 3, padding=1))
        self.conv3 = sn(nn.Conv2d(hid, hid, 3, padding=1))
        self.conv4 = sn(nn.Conv2d(hid, out_channels, 1))
        self.bn1 = ccbn(in_channels, y_dim)
        self.bn2, self.bn3, self.bn4 = (ccbn(hid, y_dim) for _ in range(3))

    def forward(self, x, y):
        h = self.conv1(F.relu(self.bn1(x, y)))
        h = F.relu(self.bn2(h, y))
        # drop channels in x if necessary
        x = x[:, :self.out_channels]
        if self.up:
            h, x = (F.interpolate(t, scale_factor=2) for t in (h, x))
        h = self.conv2(h)
        h = self.conv3(F.relu(self.bn3(h, y)))
        h = self.conv4(F.relu(self.bn4(h, y)))
        return h + x
