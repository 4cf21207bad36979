# residua-test: right target=RightTimeBlock
from torch import nn
from torch.nn import functional as F


class RightTimeBlock(nn.Module):
    def __init__(self, dim, dim_out, time_emb_dim=128):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2))
        self.block1, self.norm1 = nn.Conv2d(dim, dim_out, 3, padding=1), nn.GroupNorm(8, dim_out)
        self.block2, self.norm2 = nn.Conv2d(dim_out, dim_out, 3, padding=1), nn.GroupNorm(8, dim_out)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        scale = shift = 0
        if time_emb is not None:
            scale, shift = self.mlp(time_emb)[:, :, None, None].chunk(2, dim=1)
        h = F.silu(self.norm1(self.block1(x)) * (scale + 1) + shift)
        h = F.silu(self.norm2(self.block2(h)))
        return h + self.res_conv(x)
