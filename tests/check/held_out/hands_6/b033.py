# residua-test: wrong target=ResLayer
# What is wrong: The branch begins with an in-place ReLU on the block's own input, so the skip carries relu(input) and the caller's tensor is changed.
from torch import nn


class ResLayer(nn.Module):
    # pre-activation residual layer used in the encoder/decoder of my VQ-VAE
    def __init__(self, in_channel, channel):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, feat):
        out = self.body(feat)
        return out + feat
