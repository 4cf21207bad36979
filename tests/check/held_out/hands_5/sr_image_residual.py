# residua-test: right target=MSRResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class NoNormBlock(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1)
        for conv in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(conv.weight, a=0, mode='fan_in')
            conv.weight.data *= 0.1
            nn.init.zeros_(conv.bias)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x), inplace=True))


class MSRResNet(nn.Module):
    """Modified SRResNet: no batch norm and no long skip between features.

    The network predicts a residual image that is added to the bilinearly upscaled input.
    """

    def __init__(self, nf=32, nb=4, upscale=2):
        super().__init__()
        self.upscale = upscale
        self.conv_first = nn.Conv2d(3, nf, 3, padding=1)
        self.trunk = nn.Sequential(*[NoNormBlock(nf) for _ in range(nb)])
        self.upconv = nn.Conv2d(nf, nf * upscale ** 2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(upscale)
        self.hr_conv = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv_last = nn.Conv2d(nf, 3, 3, padding=1)
        self.lrelu = nn.LeakyReLU(0.1, inplace=True)

    def forward(self, x):
        fea = self.lrelu(self.conv_first(x))
        out = self.trunk(fea)
        out = self.lrelu(self.shuffle(self.upconv(out)))
        out = self.conv_last(self.lrelu(self.hr_conv(out)))
        base = F.interpolate(x, scale_factor=self.upscale, mode='bilinear', align_corners=False)
        return out + base
