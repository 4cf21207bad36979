# residua-test: wrong target=B
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.n1 = nn.GroupNorm(num_groups=in_dim, num_channels=32)  # expect: R161
        self.c1 = nn.Conv2d(in_dim, out_dim, 3, padding=1)
        self.n2 = nn.GroupNorm(num_groups=32, num_channels=out_dim)
        self.c2 = nn.Conv2d(out_dim, out_dim, 3, padding=1)
        self.s = nn.Conv2d(in_dim, out_dim, 1) if in_dim != out_dim else nn.Identity()

    def forward(self, x):
        return self.s(x) + self.c2(F.silu(self.n2(self.c1(F.silu(self.n1(x))))))
