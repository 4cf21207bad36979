# residua-test: right target=RightUpBlock
from torch import nn
from torch.nn import functional as F


class RightUpBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.skip = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(in_channels, out_channels, 1))

    def forward(self, x):
        return F.leaky_relu(self.conv2(F.leaky_relu(self.conv(x), 0.2)) + self.skip(x), 0.2)
