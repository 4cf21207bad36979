# residua-test: right target=RRDB
import functools

import torch
import torch.nn as nn


class RDB5(nn.Module):
    def __init__(self, nf=64, gc=32, bias=True):
        super(RDB5, self).__init__()
        conv = functools.partial(nn.Conv2d, kernel_size=3, stride=1, padding=1, bias=bias)
        self.conv1 = conv(nf, gc)
        self.conv2 = conv(nf + gc, gc)
        self.conv3 = conv(nf + 2 * gc, gc)
        self.conv4 = conv(nf + 3 * gc, gc)
        self.conv5 = conv(nf + 4 * gc, nf)
        self.lrelu = nn.LeakyReLU(negative_slope=0.2, inplace=True)
        for m in (self.conv1, self.conv2, self.conv3, self.conv4, self.conv5):
            nn.init.kaiming_normal_(m.weight, a=0, mode='fan_in')
            m.weight.data *= 0.1
            if m.bias is not None:
                m.bias.data.zero_()

    def forward(self, x):
        x1 = self.lrelu(self.conv1(x))
        x2 = self.lrelu(self.conv2(torch.cat((x, x1), 1)))
        x3 = self.lrelu(self.conv3(torch.cat((x, x1, x2), 1)))
        x4 = self.lrelu(self.conv4(torch.cat((x, x1, x2, x3), 1)))
        x5 = self.conv5(torch.cat((x, x1, x2, x3, x4), 1))
        return x5 * 0.2 + x


class RRDB(nn.Module):
    '''Residual in Residual Dense Block'''

    def __init__(self, nf, gc=32):
        super(RRDB, self).__init__()
        self.RDB1 = RDB5(nf, gc)
        self.RDB2 = RDB5(nf, gc)
        self.RDB3 = RDB5(nf, gc)

    def forward(self, x):
        out = self.RDB1(x)
        out = self.RDB2(out)
        out = self.RDB3(out)
        return out * 0.2 + x
