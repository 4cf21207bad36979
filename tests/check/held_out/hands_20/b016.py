# residua-test: right target=InputTransition
# Why it is right: V-Net's first stage adds the one-channel volume to all 16 feature maps by repeating it along the channels.
import torch
import torch.nn as nn


class InputTransition(nn.Module):
    """First stage of V-Net (prostate MRI), 1 channel -> width channels."""

    def __init__(self, in_channels=1, width=16):
        super().__init__()
        if width % in_channels:
            raise ValueError("width must be a multiple of in_channels")
        self.repeat = width // in_channels
        self.conv = nn.Conv3d(in_channels, width, kernel_size=5, padding=2)
        self.bn = nn.BatchNorm3d(width)
        self.act = nn.PReLU(width)

    def forward(self, vol):
        feat = self.bn(self.conv(vol))
        tiled = torch.cat([vol] * self.repeat, dim=1)
        return self.act(torch.add(feat, tiled))
