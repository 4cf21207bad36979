# residua-test: wrong target=UpBlock
import torch.nn as nn
import torch.nn.functional as F


class UpBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.first = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.second = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1)

    def branch(self, x):
        h = F.interpolate(F.leaky_relu(x, 0.2), scale_factor=2, mode="bilinear", align_corners=False)
        return self.second(F.leaky_relu(self.first(h), 0.2))

    def identity(self, x):
        return self.pointwise(x)  # expect: R114

    def forward(self, x):
        return self.identity(x) + self.branch(x)
