# residua-test: wrong target=DenoiseUNet
# What is wrong: the skips are taken from the front of the list (first in, first out): the deepest decoder level gets the shallowest features; the interpolate hides the wrong size.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, cin, cout, tdim):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.t = nn.Linear(tdim, cout)
        self.norm2 = nn.GroupNorm(8, cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.res = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.t(F.silu(t))[..., None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return self.res(x) + h


class DenoiseUNet(nn.Module):
    """U-Net with one width on all levels, for flow matching on 32x32 digits."""

    def __init__(self, ch=32, levels=3, tdim=64):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(1, tdim), nn.SiLU(), nn.Linear(tdim, tdim))
        self.stem = nn.Conv2d(1, ch, 3, padding=1)
        self.down = nn.ModuleList([ResBlock(ch, ch, tdim) for _ in range(levels)])
        self.mid = ResBlock(ch, ch, tdim)
        self.up = nn.ModuleList([ResBlock(2 * ch, ch, tdim) for _ in range(levels)])
        self.head = nn.Sequential(nn.GroupNorm(8, ch), nn.SiLU(), nn.Conv2d(ch, 1, 3, padding=1))

    def forward(self, x, t):
        t = self.time(t[:, None])
        x = self.stem(x)
        skips = []
        for block in self.down:
            x = block(x, t)
            skips.append(x)
            x = F.avg_pool2d(x, 2)
        x = self.mid(x, t)
        for block in self.up:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            s = skips.pop(0)  # expect: R214
            if s.shape[-2:] != x.shape[-2:]:
                # odd input sizes
                s = F.interpolate(s, size=x.shape[-2:], mode="nearest")
            x = block(torch.cat([x, s], dim=1), t)
        return self.head(x)
