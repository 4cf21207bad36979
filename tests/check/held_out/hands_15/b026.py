# residua-test: right target=ResUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResConv(nn.Module):
    def __init__(self, ci, co):
        super().__init__()
        self.c1 = nn.Conv2d(ci, co, 3, padding=1, bias=False)
        self.n1 = nn.InstanceNorm2d(co, affine=True)
        self.c2 = nn.Conv2d(co, co, 3, padding=1, bias=False)
        self.n2 = nn.InstanceNorm2d(co, affine=True)
        self.skip = nn.Conv2d(ci, co, 1) if ci != co else nn.Identity()

    def forward(self, x):
        h = F.leaky_relu(self.n1(self.c1(x)), 0.01)
        h = self.n2(self.c2(h))
        return F.leaky_relu(h + self.skip(x), 0.01)


class ResUNet(nn.Module):
    """Lesion segmentation. in: (N,1,H,W), out: logits (N,n_classes,H,W)"""

    def __init__(self, n_channels=1, n_classes=2, widths=(16, 32, 64)):
        super().__init__()
        self.enc = nn.ModuleList()
        c = n_channels
        for w in widths:
            self.enc.append(ResConv(c, w))
            c = w
        self.mid = ResConv(c, 2 * c)
        c = 2 * c
        self.red = nn.ModuleList()
        self.dec = nn.ModuleList()
        for w in reversed(widths):
            self.red.append(nn.Conv2d(c, w, 1))
            self.dec.append(ResConv(2 * w, w))
            c = w
        self.out = nn.Conv2d(c, n_classes, 1)

    def forward(self, x):
        skips = []
        for e in self.enc:
            x = e(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.mid(x)
        for red, dec in zip(self.red, self.dec):
            s = skips.pop()
            x = F.interpolate(x, size=s.shape[-2:], mode='bilinear', align_corners=False)
            x = dec(torch.cat([red(x), s], 1))
        return self.out(x)
