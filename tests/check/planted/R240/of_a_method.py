# residua-test: wrong target=ScaledCoupling right=blocks/coupling_with_volume
import torch
import torch.nn as nn


class ResidualNet(nn.Module):
    def __init__(self, i, o, width=32):
        super().__init__()
        self.enter = nn.Linear(i, width)
        self.body = nn.Sequential(nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.leave = nn.Linear(width, o)

    def forward(self, x):
        h = self.enter(x)
        return self.leave(h + self.body(h))


class ScaledCoupling(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.scale, self.shift = ResidualNet(dim // 2, dim // 2), ResidualNet(dim // 2, dim // 2)

    def forward(self, x):
        kept, moved = x.chunk(2, dim=1)
        s = torch.tanh(self.scale(kept))
        return torch.cat([kept, moved * s.exp() + self.shift(kept)], dim=1), s.sum(1)

    def inverse(self, z):
        kept, moved = z.chunk(2, dim=1)
        s = torch.tanh(self.scale(kept))
        x = torch.cat([kept, (moved - self.shift(kept)) * (-s).exp()], dim=1)
        return x, s.sum(1)  # expect: R240
