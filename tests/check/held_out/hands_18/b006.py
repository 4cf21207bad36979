# residua-test: right target=ResnetBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResnetBlock(nn.Module):
    """Conv block of my DDPM U-Net. The time vector gives a FiLM pair (gain, shift) for the
    first conv, that is why the linear is 2x wide."""

    def __init__(self, dim, dim_out, time_emb_dim=None, groups=8):
        super().__init__()
        self.conv1 = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.gn1 = nn.GroupNorm(groups, dim_out)
        self.conv2 = nn.Conv2d(dim_out, dim_out, 3, padding=1)
        self.gn2 = nn.GroupNorm(groups, dim_out)
        self.to_film = None
        if time_emb_dim is not None:
            self.to_film = nn.Linear(time_emb_dim, 2 * dim_out)
        self.res_conv = nn.Identity()
        if dim != dim_out:
            self.res_conv = nn.Conv2d(dim, dim_out, 1)

    def forward(self, x, time_emb=None):
        h = self.gn1(self.conv1(x))
        if self.to_film is not None and time_emb is not None:
            film = self.to_film(F.silu(time_emb))
            gain, shift = film.unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
            h = h * (gain + 1) + shift
        h = F.silu(h)
        h = F.silu(self.gn2(self.conv2(h)))
        return h + self.res_conv(x)
