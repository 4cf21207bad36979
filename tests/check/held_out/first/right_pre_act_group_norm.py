# residua-test: right target=RightPreActGroupNorm
from torch import nn
from torch.nn import functional as F


class RightPreActGroupNorm(nn.Module):
    def __init__(self, in_ch, out_ch, groups=8):
        super().__init__()
        self.n1, self.n2 = nn.GroupNorm(groups, in_ch), nn.GroupNorm(groups, out_ch)
        self.c1, self.c2 = nn.Conv2d(in_ch, out_ch, 3, padding=1), nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.res = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x):
        h = self.c1(F.silu(self.n1(x)))
        h = self.c2(F.silu(self.n2(h)))
        return h + self.res(x)
