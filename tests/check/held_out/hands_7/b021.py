# residua-test: wrong target=CondGenerator
# What is wrong: In the loop every layer is applied to x instead of the running result, so only the last layer of the block (and the conditioning is lost) takes part.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResnetBlockCond(nn.Module):
    def __init__(self, dim, cond_dim):
        super().__init__()
        self.conv_block = nn.ModuleList([
            nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3), nn.InstanceNorm2d(dim), nn.ReLU(),
            nn.Conv2d(dim, dim, 3, padding=1), nn.InstanceNorm2d(dim),
        ])
        self.cond = nn.Linear(cond_dim, dim)

    def forward(self, x, z):
        out = x
        for n, layer in enumerate(self.conv_block):
            out = layer(x)  # expect: R155
            if n == 3:  # found: R151
                out = out + self.cond(z)[:, :, None, None]  # found: R155
        return x + out


class CondGenerator(nn.Module):
    """c7s1-32, d64, R64 x n, u32, c7s1-3 with a noise/time vector z"""

    def __init__(self, in_nc=3, ngf=32, n_blocks=3, z_dim=16):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(in_nc, ngf, 7, padding=3), nn.InstanceNorm2d(ngf), nn.ReLU(),
            nn.Conv2d(ngf, ngf * 2, 3, stride=2, padding=1), nn.InstanceNorm2d(ngf * 2), nn.ReLU(),
        )
        self.blocks = nn.ModuleList(ResnetBlockCond(ngf * 2, z_dim) for _ in range(n_blocks))
        self.up = nn.Sequential(
            nn.ConvTranspose2d(ngf * 2, ngf, 3, stride=2, padding=1, output_padding=1),
            nn.InstanceNorm2d(ngf), nn.ReLU(), nn.Conv2d(ngf, in_nc, 7, padding=3), nn.Tanh(),
        )
        self.z_dim = z_dim

    def forward(self, x, z=None):
        if z is None:
            z = torch.zeros(x.size(0), self.z_dim, device=x.device)
        h = self.down(x)
        for b in self.blocks:
            h = b(h, z)
        return self.up(h)
