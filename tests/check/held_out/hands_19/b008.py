# residua-test: wrong target=SpecBlock args='channels=32'
# What is wrong: after the addition the dropout is applied to the block's input x, so the sum (and all convolutions) is thrown away.
# front end for a bird-call competition, works on mel spectrograms (B, C, mel, time)
import torch
import torch.nn as nn


class SpecBlock(nn.Module):
    def __init__(self, channels, num_layers=2, kernel_size=3, residual=True, dropout=0.1):
        super().__init__()
        layers = []
        for i in range(num_layers):
            layers.append(nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2))
            layers.append(nn.BatchNorm2d(channels))
            if i < num_layers - 1:
                layers.append(nn.LeakyReLU(0.1))
        self.convs = nn.Sequential(*layers)
        self.reduce_conv = nn.Sequential(
            nn.Conv2d(channels, channels, 1),
            nn.BatchNorm2d(channels),
        ) if residual else None
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        out = self.convs(x)
        if self.reduce_conv is not None:
            out = out + self.reduce_conv(x)
            out = self.drop(x)  # expect: R101
        return out
