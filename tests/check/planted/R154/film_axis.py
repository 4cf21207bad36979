# residua-test: wrong target=Film
import torch.nn as nn
import torch.nn.functional as F


class Film(nn.Module):
    def __init__(self, ch, temb_dim):
        super().__init__()
        self.c1 = nn.Conv2d(ch, ch, 3, padding=1)
        self.c2 = nn.Conv2d(ch, ch, 3, padding=1)
        self.n = nn.GroupNorm(8, ch)
        self.lin = nn.Linear(temb_dim, 2 * ch)

    def forward(self, x, temb):
        s, b = self.lin(temb).split(x.shape[0] // 2, dim=0)  # expect: R154
        h = self.n(self.c1(x)) * (1 + s[:, :, None, None]) + b[:, :, None, None]
        return x + self.c2(F.silu(h))
