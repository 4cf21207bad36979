# residua-test: wrong target=FrontEndBlock
# What is wrong: The dropout takes the block's input instead of the sum, so the convolutions and the reduction are computed and thrown away.
import torch
import torch.nn as nn


class FrontEndBlock(nn.Module):
    """Convolutional front end of an ASR model, features (batch, channels, time, mel)."""

    def __init__(self, channels=32, num_layers=2, kernel_size=3, residual=True, dropout=0.15):
        super().__init__()
        self.convs = nn.Sequential()
        for i in range(num_layers):
            self.convs.add_module(f"conv_{i}", nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2))
            self.convs.add_module(f"norm_{i}", nn.BatchNorm2d(channels))
            self.convs.add_module(f"act_{i}", nn.LeakyReLU(0.1))
        self.reduce_conv = None
        if residual:
            self.reduce_conv = nn.Sequential(
                nn.Conv2d(channels, channels, 1),
                nn.BatchNorm2d(channels),
            )
        self.drop = nn.Dropout(dropout)
        self.out_norm = nn.GroupNorm(1, channels)

    def forward(self, x):
        out = self.convs(x)
        if self.reduce_conv is not None:
            out = out + self.reduce_conv(x)
            out = self.drop(x)  # expect: R101
        return self.out_norm(out)
