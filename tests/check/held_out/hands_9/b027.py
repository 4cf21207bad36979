# residua-test: wrong target=SRTrunk
# What is wrong: The loop calls every block on the same input and keeps only the last result, so all but the last residual block have no effect
import torch
import torch.nn as nn


class ResidualBlockNoBN(nn.Module):
    def __init__(self, nf=64, res_scale=1.0):
        super().__init__()
        self.res_scale = res_scale
        self.conv1 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.conv2(self.relu(self.conv1(x)))
        return x + out * self.res_scale


class SRTrunk(nn.Module):
    """x2 super resolution, residual trunk with a long skip and pixel shuffle"""

    def __init__(self, in_ch=3, nf=32, num_blocks=8, res_scale=0.5):
        super().__init__()
        self.conv_first = nn.Conv2d(in_ch, nf, 3, 1, 1)
        self.body = nn.ModuleList([ResidualBlockNoBN(nf, res_scale) for _ in range(num_blocks)])
        self.conv_body = nn.Conv2d(nf, nf, 3, 1, 1)
        self.upconv = nn.Conv2d(nf, nf * 4, 3, 1, 1)
        self.shuffle = nn.PixelShuffle(2)
        self.conv_last = nn.Conv2d(nf, in_ch, 3, 1, 1)
        self.lrelu = nn.LeakyReLU(0.1)

    def forward(self, x):
        feat = self.conv_first(x)
        for block in self.body:
            res = block(feat)  # expect: R155
        res = self.conv_body(res)
        feat = feat + res
        out = self.lrelu(self.shuffle(self.upconv(feat)))
        return self.conv_last(out)
