# residua-test: wrong target=DilatedResStack
# What is wrong: the dilated convolutions keep padding 1 instead of padding = dilation, so the branch gets shorter than the skip and the sum fails for dilations above 1.
import torch.nn as nn


class DilatedResStack(nn.Module):
    """MelGAN style stack: one residual unit per dilation, same length in and out"""

    def __init__(self, dim, dilations=(1, 3, 9)):
        super().__init__()
        units, skips = [], []
        for d in dilations:
            units.append(nn.Sequential(
                nn.LeakyReLU(0.2),
                nn.Conv1d(dim, dim, kernel_size=3, dilation=d, padding=1),  # expect: R129
                nn.LeakyReLU(0.2),
                nn.Conv1d(dim, dim, kernel_size=1),
            ))
            skips.append(nn.Conv1d(dim, dim, kernel_size=1))
        self.units = nn.ModuleList(units)
        self.skips = nn.ModuleList(skips)

    def forward(self, x):
        for unit, skip in zip(self.units, self.skips):
            x = skip(x) + unit(x)
        return x
