# residua-test: wrong target=RDB
# What is wrong: The local feature fusion gives channel_growth channels instead of in_channels, so it cannot be added to x.
import torch
import torch.nn as nn


class DenseLayer(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=3 // 2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return torch.cat([x, self.relu(self.conv(x))], 1)


class RDB(nn.Module):
    """Residual Dense Block of the Residual Dense Network.

    Args:
        in_channels (int): channels of the input and of the output.
        channel_growth (int): channels every dense layer adds.
        num_layers (int): dense layers in the block.
    """

    def __init__(self, in_channels=32, channel_growth=16, num_layers=4):
        super().__init__()
        self.layers = nn.Sequential(*[
            DenseLayer(in_channels + channel_growth * i, channel_growth)
            for i in range(num_layers)
        ])

        # local feature fusion
        self.lff = nn.Conv2d(  # expect: R154
            in_channels + channel_growth * num_layers,
            channel_growth,
            kernel_size=1)

    def forward(self, x):
        return x + self.lff(self.layers(x))  # local residual learning
