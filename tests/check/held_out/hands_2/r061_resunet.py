# residua-test: right target=ResUNet
import torch
import torch.nn as nn


class PreActConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.f = nn.Sequential(
            nn.BatchNorm2d(cin), nn.ReLU(), nn.Conv2d(cin, cout, 3, padding=1, bias=False),
            nn.BatchNorm2d(cout), nn.ReLU(), nn.Conv2d(cout, cout, 3, padding=1, bias=False))
        self.s = nn.Conv2d(cin, cout, 1, bias=False) if cin != cout else nn.Identity()

    def forward(self, x):
        return self.f(x) + self.s(x)


class ResUNet(nn.Module):
    def __init__(self, in_ch=1, out_ch=2, base=16, depth=3):
        super().__init__()
        self.stem = nn.Conv2d(in_ch, base, 3, padding=1)
        w = [base * 2 ** i for i in range(depth + 1)]
        self.enc = nn.ModuleList(PreActConv(w[i], w[i]) for i in range(depth))
        self.down = nn.ModuleList(nn.Conv2d(w[i], w[i + 1], 2, 2) for i in range(depth))
        self.mid = PreActConv(w[depth], w[depth])
        self.up = nn.ModuleList(nn.ConvTranspose2d(w[i + 1], w[i], 2, 2) for i in reversed(range(depth)))
        self.dec = nn.ModuleList(PreActConv(2 * w[i], w[i]) for i in reversed(range(depth)))
        self.head = nn.Sequential(nn.BatchNorm2d(base), nn.ReLU(), nn.Conv2d(base, out_ch, 1))

    def forward(self, x):
        x = self.stem(x)
        skips = []
        for e, d in zip(self.enc, self.down):
            x = e(x)
            skips.append(x)
            x = d(x)
        x = self.mid(x)
        for u, d in zip(self.up, self.dec):
            x = d(torch.cat([skips.pop(), u(x)], dim=1))
        return self.head(x)
