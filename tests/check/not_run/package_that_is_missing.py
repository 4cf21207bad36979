# reason: einops_of_nobody is not installed (line 4)
import torch.nn as nn

from einops_of_nobody import rearrange


class ResidualMixer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + rearrange(self.conv(x), "b c h w -> b c h w")
