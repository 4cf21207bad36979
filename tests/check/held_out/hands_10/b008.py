# residua-test: wrong target=GatedUNet
# What is wrong: At the last level the attention gate's result g1 is computed and dropped; the raw encoder feature f1 is concatenated, so gate1 has no effect and gets no gradient.
import torch
import torch.nn as nn


def two_convs(a, b):
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
        nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True))


def upsample(a, b):
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                         nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True))


class Gate(nn.Module):
    """additive attention gate, decoder signal decides which skip positions pass"""

    def __init__(self, ch, inter):
        super().__init__()
        self.from_dec = nn.Conv2d(ch, inter, 1)
        self.from_skip = nn.Conv2d(ch, inter, 1)
        self.score = nn.Conv2d(inter, 1, 1)

    def forward(self, dec, skip):
        a = torch.relu(self.from_dec(dec) + self.from_skip(skip))
        return skip * torch.sigmoid(self.score(a))


class GatedUNet(nn.Module):
    def __init__(self, in_ch=1, classes=1, base=16):
        super().__init__()
        b = base
        self.pool = nn.MaxPool2d(2)
        self.enc1, self.enc2, self.enc3 = two_convs(in_ch, b), two_convs(b, 2 * b), two_convs(2 * b, 4 * b)
        self.up2, self.gate2, self.dec2 = upsample(4 * b, 2 * b), Gate(2 * b, b), two_convs(4 * b, 2 * b)
        self.up1, self.gate1, self.dec1 = upsample(2 * b, b), Gate(b, b // 2), two_convs(2 * b, b)
        self.logits = nn.Conv2d(b, classes, 1)

    def forward(self, x):
        f1 = self.enc1(x)
        f2 = self.enc2(self.pool(f1))
        f3 = self.enc3(self.pool(f2))

        u2 = self.up2(f3)
        g2 = self.gate2(u2, f2)
        u2 = self.dec2(torch.cat([g2, u2], 1))

        u1 = self.up1(u2)
        g1 = self.gate1(u1, f1)
        u1 = self.dec1(torch.cat([f1, u1], 1))  # expect: R155

        return self.logits(u1)
