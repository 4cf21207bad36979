# residua-test: wrong target=DecoderResBlock
# What is wrong: The saved identity is detached, so no gradient flows back through the skip connection.
import torch
import torch.nn as nn


class DecoderResBlock(nn.Module):
    """Decoder block of a residual U-Net for retinal vessels.

    x comes from the level below (already upsampled), enc from the encoder.
    """

    def __init__(self, channels=32):
        super().__init__()
        self.squeeze = nn.Sequential(nn.Conv2d(2 * channels, channels, 1), nn.GroupNorm(8, channels))
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.act = nn.ELU(inplace=True)

    def forward(self, x, enc):
        out = self.squeeze(torch.cat([x, enc], dim=1))
        identity = out.clone().detach()  # expect: R127
        out = self.act(self.norm1(self.conv1(out)))
        out = self.norm2(self.conv2(out))
        out += identity
        return self.act(out)
