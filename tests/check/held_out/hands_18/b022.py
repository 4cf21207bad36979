# residua-test: wrong target=ResUNet
# What is wrong: The decoder takes the encoder features from the front of the list (shallowest first) instead of the deepest first, so channels and sizes do not match and forward fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.a = nn.Conv2d(cin, cout, 3, padding=1)
        self.b = nn.Conv2d(cout, cout, 3, padding=1)
        self.n1, self.n2 = nn.GroupNorm(4, cout), nn.GroupNorm(4, cout)
        self.sc = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x):
        y = F.silu(self.n1(self.a(x)))
        y = self.n2(self.b(y))
        return F.silu(y + self.sc(x))


class ResUNet(nn.Module):
    # retinal vessels, 1 channel in, 1 logit map out. Input side divisible by 8.
    def __init__(self, in_ch=1, out_ch=1, chs=(16, 32, 64, 128)):
        super().__init__()
        self.enc = nn.ModuleList()
        prev = in_ch
        for c in chs[:-1]:
            self.enc.append(ResConv(prev, c))
            prev = c
        self.mid = ResConv(prev, chs[-1])
        self.up = nn.ModuleList()
        self.dec = nn.ModuleList()
        prev = chs[-1]
        for c in reversed(chs[:-1]):
            self.up.append(nn.ConvTranspose2d(prev, c, 2, stride=2))
            self.dec.append(ResConv(2 * c, c))
            prev = c
        self.head = nn.Conv2d(prev, out_ch, 1)

    def forward(self, x):
        skips = []
        for e in self.enc:
            x = e(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.mid(x)
        for u, d in zip(self.up, self.dec):
            x = u(x)
            x = torch.cat([skips.pop(0), x], dim=1)  # expect: R161
            x = d(x)
        return self.head(x)
