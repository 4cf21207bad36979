# residua-test: wrong target=WaveNetStack
# What is wrong: The gate is computed with the filter conv (the gate conv is never used), so tanh and sigmoid see the same tensor
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    def __init__(self, res_channels, skip_channels, kernel_size, dilation, last=False):
        super(ResidualBlock, self).__init__()
        self.left_pad = (kernel_size - 1) * dilation
        self.dilated_filter = nn.Conv1d(res_channels, res_channels, kernel_size, dilation=dilation)
        self.dilated_gate = nn.Conv1d(res_channels, res_channels, kernel_size, dilation=dilation)
        # nothing reads the residual output of the last layer
        self.conv_res = None if last else nn.Conv1d(res_channels, res_channels, 1)
        self.conv_skip = nn.Conv1d(res_channels, skip_channels, 1)

    def forward(self, x):
        padded = F.pad(x, (self.left_pad, 0))

        # PixelCNN gate
        filter = torch.tanh(self.dilated_filter(padded))
        gate = torch.sigmoid(self.dilated_filter(padded))  # expect: R121
        z = filter * gate

        skip = self.conv_skip(z)
        if self.conv_res is None:
            return x, skip
        output = self.conv_res(z) + x
        return output, skip


class WaveNetStack(nn.Module):
    def __init__(self, in_channels=1, res_channels=32, skip_channels=64, layers=6, kernel_size=2):
        super(WaveNetStack, self).__init__()
        self.causal = nn.Conv1d(in_channels, res_channels, 1)
        self.res_blocks = nn.ModuleList([
            ResidualBlock(res_channels, skip_channels, kernel_size, 2 ** i, last=i == layers - 1)
            for i in range(layers)
        ])
        self.post = nn.Sequential(
            nn.ReLU(),
            nn.Conv1d(skip_channels, skip_channels, 1),
            nn.ReLU(),
            nn.Conv1d(skip_channels, in_channels, 1),
        )

    def forward(self, x):
        x = self.causal(x)
        skips = 0
        for block in self.res_blocks:
            x, skip = block(x)
            skips = skips + skip
        return self.post(skips)
