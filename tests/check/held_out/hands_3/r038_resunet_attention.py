# residua-test: right target=AttResUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResConv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                               nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o))
        self.b = nn.Sequential(nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o)) if i != o else nn.Identity()

    def forward(self, x):
        return F.relu(self.a(x) + self.b(x))


class AttentionGate(nn.Module):
    def __init__(self, g_ch, x_ch, mid):
        super().__init__()
        self.wg = nn.Conv2d(g_ch, mid, 1)
        self.wx = nn.Conv2d(x_ch, mid, 1, bias=False)
        self.psi = nn.Conv2d(mid, 1, 1)

    def forward(self, g, x):
        return x * torch.sigmoid(self.psi(F.relu(self.wg(g) + self.wx(x))))


class AttResUNet(nn.Module):
    def __init__(self, in_channels=1, num_classes=2, widths=(32, 64, 128, 256)):
        super().__init__()
        chain = (in_channels,) + tuple(widths)
        self.enc = nn.ModuleList(ResConv(a, b) for a, b in zip(chain[:-1], chain[1:]))
        rev = tuple(reversed(widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 2, 2) for a, b in zip(rev[:-1], rev[1:]))
        self.gate = nn.ModuleList(AttentionGate(b, b, max(b // 2, 1)) for b in rev[1:])
        self.dec = nn.ModuleList(ResConv(2 * b, b) for b in rev[1:])
        self.out = nn.Conv2d(widths[0], num_classes, 1)

    def forward(self, x):
        feats = []
        for k, layer in enumerate(self.enc):
            x = layer(x if k == 0 else F.max_pool2d(x, 2))
            feats.append(x)
        feats.pop()
        for up, gate, dec in zip(self.up, self.gate, self.dec):
            x = up(x)
            skip = gate(x, feats.pop())
            x = dec(torch.cat([skip, x], dim=1))
        return self.out(x)
