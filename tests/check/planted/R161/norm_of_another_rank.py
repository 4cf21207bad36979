# residua-test: wrong target=VolumeBlock
import torch.nn as nn


class VolumeBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.InstanceNorm2d(channels, affine=True)  # expect: R161
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.InstanceNorm3d(channels, affine=True)
        self.relu = nn.LeakyReLU(0.01)

    def forward(self, x):
        h = self.relu(self.norm1(self.conv1(x)))
        return self.relu(x + self.norm2(self.conv2(h)))
