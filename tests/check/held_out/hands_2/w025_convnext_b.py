# residua-test: wrong target=Block
# What is wrong: the layer-scale product is not assigned: gamma has no effect and no gradient
import torch
import torch.nn as nn


class Block(nn.Module):
    r"""ConvNeXt block: DwConv -> Permute -> LayerNorm -> Linear -> GELU -> Linear -> Permute."""

    def __init__(self, dim, layer_scale_init_value=1e-2):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale_init_value * torch.ones(dim)) if layer_scale_init_value > 0 else None  # expect

    def forward(self, x):
        input = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = self.act(x)
        x = self.pwconv2(x)
        if self.gamma is not None:
            self.gamma * x  # expect: R155
        x = x.permute(0, 3, 1, 2)
        return input + x
