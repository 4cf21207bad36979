# residua-test: wrong target=StyleResBlock
# What is wrong: the loop gives x to every layer, so only the last conv is used and the first one gets no gradient
import torch
import torch.nn as nn


class AdaLayer(nn.Module):
    """instance norm whose scale and bias come from the style code"""

    def __init__(self, dim, style_dim):
        super(AdaLayer, self).__init__()
        self.norm = nn.InstanceNorm2d(dim, affine=False)
        self.style = nn.Linear(style_dim, dim * 2)
        self.style.bias.data[:dim] = 1
        self.style.bias.data[dim:] = 0

    def forward(self, x, s):
        gamma, beta = self.style(s).unsqueeze(-1).unsqueeze(-1).chunk(2, 1)
        return gamma * self.norm(x) + beta


class StyleResBlock(nn.Module):
    # x: (B, dim, H, W), style: (B, style_dim)
    def __init__(self, dim=64, style_dim=32):
        super(StyleResBlock, self).__init__()
        self.conv_block = nn.ModuleList([
            nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3)),
            nn.Sequential(nn.ReLU(), nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3)),
        ])
        self.adains = nn.ModuleList([AdaLayer(dim, style_dim), AdaLayer(dim, style_dim)])

    def forward(self, x, style):
        out = x
        for layer, ada in zip(self.conv_block, self.adains):
            out = layer(x)  # expect: R103
            out = ada(out, style)
        out = x + out
        return out
