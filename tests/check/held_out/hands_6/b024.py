# residua-test: wrong target=ConvNeXtBlock
# What is wrong: gamma (C,) is multiplied after the permute back to (N, C, H, W), so it runs along the width and not the channels: it fails, or scales wrongly when W == C.
import torch
import torch.nn as nn


class ConvNeXtBlock(nn.Module):
    r""" DwConv -> Permute to (N, H, W, C); LayerNorm -> Linear -> GELU -> Linear; Permute back """

    def __init__(self, dim=16, layer_scale_init_value=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        if layer_scale_init_value > 0:
            self.gamma = nn.Parameter(layer_scale_init_value * torch.ones(dim))
        else:
            self.gamma = None

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv2(self.act(self.pwconv1(x)))
        x = x.permute(0, 3, 1, 2)
        if self.gamma is not None:
            x = self.gamma * x  # expect: R161
        return shortcut + x
