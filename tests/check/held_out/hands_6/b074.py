# residua-test: right target=ResUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvRes(nn.Module):
    def __init__(self, ci, co):
        super(ConvRes, self).__init__()
        self.block = nn.Sequential(
            nn.Conv2d(ci, co, 3, padding=1),
            nn.InstanceNorm2d(co, affine=True),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(co, co, 3, padding=1),
            nn.InstanceNorm2d(co, affine=True),
        )
        self.match = nn.Conv2d(ci, co, 1)

    def forward(self, x):
        return F.leaky_relu(self.block(x) + self.match(x), 0.1)


class ResUNet(nn.Module):
    def __init__(self, n_channels=1, n_classes=2, widths=(8, 16, 32)):
        super(ResUNet, self).__init__()
        self.downs = nn.ModuleList()
        c = n_channels
        for w in widths:
            self.downs.append(ConvRes(c, w))
            c = w
        self.bottom = ConvRes(c, 2 * c)
        c = 2 * c
        self.ups = nn.ModuleList()
        self.decs = nn.ModuleList()
        for w in reversed(widths):
            self.ups.append(nn.ConvTranspose2d(c, w, 2, stride=2))
            self.decs.append(ConvRes(2 * w, w))
            c = w
        self.outc = nn.Conv2d(c, n_classes, 1)

    def forward(self, x):
        feats = []
        for d in self.downs:
            x = d(x)
            feats.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, dec in zip(self.ups, self.decs):
            skip = feats.pop()
            x = up(x)
            dy = skip.size(2) - x.size(2)
            dx = skip.size(3) - x.size(3)
            # input sizes that are no multiple of 8
            x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
            x = dec(torch.cat([skip, x], dim=1))
        return self.outc(x)
