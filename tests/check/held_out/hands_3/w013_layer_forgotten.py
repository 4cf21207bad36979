# residua-test: wrong target=ResBlock
# What is wrong: the second convolution of each dilation pair (convs2) is never used in forward
import torch
import torch.nn as nn
import torch.nn.functional as F

LRELU = 0.1


def get_padding(kernel_size, dilation=1):
    return int((kernel_size * dilation - dilation) / 2)


class ResBlock(nn.Module):
    """Multi receptive field fusion residual block (vocoder)."""

    def __init__(self, channels, kernel_size=3, dilation=(1, 3, 5)):
        super().__init__()
        self.convs1 = nn.ModuleList([
            nn.Conv1d(channels, channels, kernel_size, 1, dilation=d, padding=get_padding(kernel_size, d))
            for d in dilation
        ])
        self.convs2 = nn.ModuleList([  # expect: R126
            nn.Conv1d(channels, channels, kernel_size, 1, dilation=1, padding=get_padding(kernel_size, 1))  # expect
            for _ in dilation
        ])

    def forward(self, x):
        for c1, c2 in zip(self.convs1, self.convs2):  # expect
            xt = c1(F.leaky_relu(x, LRELU))  # expect
            x = xt + x  # expect
        return x
