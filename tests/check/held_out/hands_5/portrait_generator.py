# residua-test: wrong target=GenResBlock args=dim=64
# What is wrong: forward returns the branch only: the block of this residual generator has no skip connection
import torch
import torch.nn as nn


class GenResBlock(nn.Module):
    """Residual block at the bottleneck of the image-to-image generator."""

    def __init__(self, dim, use_bias=False):
        super().__init__()
        block = [
            nn.ReflectionPad2d(1),
            nn.Conv2d(dim, dim, 3, bias=use_bias),
            nn.InstanceNorm2d(dim),
            nn.ReLU(True),
        ]
        block += [
            nn.ReflectionPad2d(1),
            nn.Conv2d(dim, dim, 3, bias=use_bias),
            nn.InstanceNorm2d(dim),
        ]
        self.block = nn.Sequential(*block)

    def forward(self, x):  # expect
        out = self.block(x)  # expect: R102
        return out  # expect


class Generator(nn.Module):
    def __init__(self, ngf=32, n_blocks=4):
        super().__init__()
        self.enc = nn.Sequential(
            nn.ReflectionPad2d(3), nn.Conv2d(3, ngf, 7), nn.InstanceNorm2d(ngf), nn.ReLU(True),
            nn.Conv2d(ngf, ngf * 2, 3, stride=2, padding=1), nn.InstanceNorm2d(ngf * 2), nn.ReLU(True),
        )
        self.mid = nn.Sequential(*[GenResBlock(ngf * 2) for _ in range(n_blocks)])
        self.dec = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(ngf * 2, ngf, 3, padding=1),
            nn.InstanceNorm2d(ngf), nn.ReLU(True), nn.Conv2d(ngf, 3, 7, padding=3), nn.Tanh(),
        )

    def forward(self, x):
        return self.dec(self.mid(self.enc(x)))
