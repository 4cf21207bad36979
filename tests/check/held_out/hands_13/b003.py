# residua-test: right target=SegUNet
import torch
from torch import nn
import torch.nn.functional as F


def twice(cin, cout, mid=None):
    mid = mid or cout
    mods = []
    for a, b in ((cin, mid), (mid, cout)):
        mods += [nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
    return nn.Sequential(*mods)


class SegUNet(nn.Module):
    """
    Three times down and up.
    learned_up=True:  transposed convs, they halve the channels
    learned_up=False: bilinear, which cannot change the channels, therefore the level below
                      already comes out with half of them
    """

    def __init__(self, in_ch=3, classes=1, base=16, learned_up=False):
        super().__init__()
        self.learned_up = learned_up
        cut = 1 if learned_up else 2
        w = [base, 2 * base, 4 * base, 8 * base]

        self.enc = nn.ModuleList([
            twice(in_ch, w[0]), twice(w[0], w[1]), twice(w[1], w[2]), twice(w[2], w[3] // cut)])
        self.ups = nn.ModuleList()
        self.dec = nn.ModuleList()
        for lvl in (2, 1, 0):
            out = w[lvl] if lvl == 0 else w[lvl] // cut
            if learned_up:
                self.ups.append(nn.ConvTranspose2d(w[lvl + 1], w[lvl], 2, stride=2))
                self.dec.append(twice(2 * w[lvl], out))
            else:
                self.ups.append(nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False))
                self.dec.append(twice(2 * w[lvl], out, w[lvl]))
        self.logits = nn.Conv2d(w[0], classes, 1)

    def forward(self, x):
        kept = []
        for i, e in enumerate(self.enc):
            x = e(x if i == 0 else F.max_pool2d(x, 2))
            kept.append(x)
        kept.pop()
        for up, dec in zip(self.ups, self.dec):
            s = kept.pop()
            x = up(x)
            # odd sizes lost a row / column on the way down
            x = F.pad(x, (0, s.shape[-1] - x.shape[-1], 0, s.shape[-2] - x.shape[-2]))
            x = dec(torch.cat((s, x), 1))
        return self.logits(x)
