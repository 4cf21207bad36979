# residua-test: wrong target=Block
# What is wrong: The layer scale gamma is a plain tensor, not an nn.Parameter: it is not trained (stuck at 1e-6), not saved and not moved to the device
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    r""" ConvNeXt Block. DwConv -> permute to (N, H, W, C); LayerNorm -> Linear -> GELU -> Linear; permute back

    Args:
        dim (int): number of input channels
        layer_scale_init_value (float): init of the learnable per-channel scale
    """

    def __init__(self, dim, layer_scale_init_value=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = layer_scale_init_value * torch.ones(dim)  # expect: R168

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = self.act(x)
        x = self.pwconv2(x)
        x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return shortcut + x
