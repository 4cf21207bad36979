# residua-test: right target=ResUNet3D
# Why it is right: a small residual 3-D U-Net; skips are popped from the end, concatenated and fused with matching channel counts.
# BraTS style volumes
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock3d(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv1 = nn.Conv3d(c_in, c_out, 3, padding=1)
        self.in1 = nn.InstanceNorm3d(c_out, affine=True)
        self.conv2 = nn.Conv3d(c_out, c_out, 3, padding=1)
        self.in2 = nn.InstanceNorm3d(c_out, affine=True)
        self.skip = nn.Conv3d(c_in, c_out, 1) if c_in != c_out else nn.Identity()

    def forward(self, x):
        y = F.leaky_relu(self.in1(self.conv1(x)), 0.01)
        y = self.in2(self.conv2(y))
        return F.leaky_relu(y + self.skip(x), 0.01)


class ResUNet3D(nn.Module):
    def __init__(self, in_channels=1, num_classes=3, widths=(8, 16, 32)):
        super().__init__()
        self.encoders = nn.ModuleList()
        prev = in_channels
        for w in widths:
            self.encoders.append(ResBlock3d(prev, w))
            prev = w
        self.ups, self.decoders = nn.ModuleList(), nn.ModuleList()
        for w in reversed(widths[:-1]):
            self.ups.append(nn.ConvTranspose3d(prev, w, 2, stride=2))
            self.decoders.append(ResBlock3d(2 * w, w))
            prev = w
        self.out = nn.Conv3d(prev, num_classes, 1)

    def forward(self, x):
        skips = []
        for i, enc in enumerate(self.encoders):
            x = enc(x)
            if i < len(self.encoders) - 1:
                skips.append(x)
                x = F.max_pool3d(x, 2)
        for up, dec in zip(self.ups, self.decoders):
            x = dec(torch.cat([up(x), skips.pop()], dim=1))
        return self.out(x)
