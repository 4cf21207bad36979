# residua-test: wrong target=VNetDown
# What is wrong: In the loop the convolution's result is overwritten by the batch norm of the block input, so the sum is x plus norm(x) and the convs learn nothing.
import torch
import torch.nn as nn


class VNetDown(nn.Module):
    """V-Net encoder stage: n convs with a residual, then strided conv to 2C."""

    def __init__(self, channels, n_convs=2):
        super(VNetDown, self).__init__()
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for _ in range(n_convs):
            self.convs.append(nn.Conv3d(channels, channels, 5, padding=2))
            self.norms.append(nn.BatchNorm3d(channels))
        self.act = nn.PReLU(channels)
        self.down = nn.Sequential(
            nn.Conv3d(channels, channels * 2, 2, stride=2),
            nn.BatchNorm3d(channels * 2),
            nn.PReLU(channels * 2),
        )

    def forward(self, layer_input):
        x = layer_input
        last = len(self.convs) - 1
        for i, conv in enumerate(self.convs):
            x = conv(x)
            x = self.norms[i](layer_input)  # expect: R101
            if i == last:
                x = x + layer_input
            x = self.act(x)
        return self.down(x), x
