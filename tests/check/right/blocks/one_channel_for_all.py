# residua-test: right target=InputStage
import torch
from torch import nn


def conv5(channels, out_channels):
    return nn.Conv3d(channels, out_channels, kernel_size=5, padding=2)


class InputStage(nn.Module):
    """V-Net: the one channel of the volume is added to every channel of the features."""

    def __init__(self, features=16):
        super().__init__()
        self.conv = conv5(1, features)
        self.norm = nn.BatchNorm3d(features)
        self.act = nn.PReLU(features)

    def forward(self, volume):
        return self.act(torch.add(self.norm(self.conv(volume)), volume))
