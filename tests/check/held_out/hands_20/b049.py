# residua-test: wrong target=UpBlock
# What is wrong: The transposed convolution lacks output_padding=1 and gives 2n-1 pixels, while the up-sampled shortcut has 2n: the sum fails.
import torch
import torch.nn as nn


class UpBlock(nn.Module):
    """Generator block: doubles the resolution, with an up-sampled shortcut."""

    def __init__(self, in_channels=64, out_channels=32):
        super().__init__()
        self.main = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.ConvTranspose2d(in_channels, out_channels, 3, stride=2, padding=1, bias=False),  # expect: R129
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        )
        self.side = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
        )

    def forward(self, z):
        return self.main(z) + self.side(z)
