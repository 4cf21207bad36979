# residua-test: wrong target=FringeUNet
# What is wrong: The skip tensors are moved with a hard-coded .cuda(), which fails on CPU and on any device other than the default GPU
"""Fringe pattern -> phase map. 小型 U 形网络，用于条纹图相位恢复。"""
import torch
import torch.nn as nn


class ResConv(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.BatchNorm2d(dim)
        self.pw1 = nn.Conv2d(dim, 2 * dim, 1)
        self.act = nn.GELU()
        self.pw2 = nn.Conv2d(2 * dim, dim, 1)

    def forward(self, x):
        return x + self.pw2(self.act(self.pw1(self.norm(self.dw(x)))))


class FringeUNet(nn.Module):
    def __init__(self, in_chans=1, out_chans=1, embed_dim=32):
        super().__init__()
        self.patch_embed = nn.Conv2d(in_chans, embed_dim, 3, padding=1)
        self.stage1 = nn.Sequential(ResConv(embed_dim), ResConv(embed_dim))
        self.down1 = nn.Conv2d(embed_dim, 2 * embed_dim, 2, stride=2)
        self.stage2 = nn.Sequential(ResConv(2 * embed_dim), ResConv(2 * embed_dim))
        self.down2 = nn.Conv2d(2 * embed_dim, 4 * embed_dim, 2, stride=2)
        self.bottom = ResConv(4 * embed_dim)
        self.up2 = nn.ConvTranspose2d(4 * embed_dim, 2 * embed_dim, 2, stride=2)
        self.up1 = nn.ConvTranspose2d(2 * embed_dim, embed_dim, 2, stride=2)
        self.head = nn.Conv2d(embed_dim, out_chans, 1)

    def forward_features(self, x):
        x = self.stage1(self.patch_embed(x))
        skip1 = x.cuda()  # expect: R190
        x = self.stage2(self.down1(x))
        skip2 = x.cuda()  # expect: R190
        x = self.bottom(self.down2(x))
        x = self.up2(x) + skip2  # found: R148
        x = self.up1(x) + skip1
        return x

    def forward(self, x):
        return self.head(self.forward_features(x))
