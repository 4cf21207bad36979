# residua-test: right target=AddUNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvUnit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.a = nn.Conv2d(ch, ch, 3, padding=1)
        self.b = nn.Conv2d(ch, ch, 3, padding=1)
        self.na, self.nb = nn.GroupNorm(4, ch), nn.GroupNorm(4, ch)

    def forward(self, x):
        r = F.elu(self.na(self.a(x)))
        r = self.nb(self.b(r))
        return F.elu(r + x)


class AddUNet(nn.Module):
    def __init__(self, inp=1, out=1, base=16, depth=3):
        super().__init__()
        self.depth = depth
        self.first = nn.Conv2d(inp, base, 3, padding=1)
        self.down_units = nn.ModuleList()
        self.downs = nn.ModuleList()
        self.ups = nn.ModuleList()
        self.up_units = nn.ModuleList()
        ch = base
        for _ in range(depth):
            self.down_units.append(ConvUnit(ch))
            self.downs.append(nn.Conv2d(ch, ch * 2, 2, stride=2))
            ch *= 2
        self.mid = ConvUnit(ch)
        for _ in range(depth):
            self.ups.append(nn.ConvTranspose2d(ch, ch // 2, 2, stride=2))
            ch //= 2
            self.up_units.append(ConvUnit(ch))
        self.last = nn.Conv2d(ch, out, 1)

    def forward(self, x):
        h, w = x.shape[-2:]
        m = 2 ** self.depth
        x = F.pad(x, (0, -w % m, 0, -h % m))        # right and bottom

        x = self.first(x)
        stack = []
        for unit, down in zip(self.down_units, self.downs):
            x = unit(x)
            stack.append(x)
            x = down(x)
        x = self.mid(x)
        for up, unit in zip(self.ups, self.up_units):
            x = up(x) + stack.pop()
            x = unit(x)
        return self.last(x)[..., :h, :w]
