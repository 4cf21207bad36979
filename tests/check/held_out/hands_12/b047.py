# residua-test: wrong target=ResidualBlock
# What is wrong: the 1x1 convolution meant to match the input to the number of filters is applied to the branch instead of the input, so the sum fails or broadcasts when channels differ
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):
    """TCN residual block ported from my keras model.

    nb_inputs  -> channels of the series
    nb_filters -> channels inside and after the block
    """

    def __init__(self, nb_inputs, nb_filters, kernel_size=3, dilation_rate=1, dropout_rate=0.1):
        super().__init__()
        self.left = (kernel_size - 1) * dilation_rate
        self.convs = nn.ModuleList()
        ch = nb_inputs
        for k in range(2):
            self.convs.append(nn.Conv1d(ch, nb_filters, kernel_size, dilation=dilation_rate))
            ch = nb_filters
        self.drop = nn.Dropout1d(dropout_rate)
        # 1x1 conv to match the shapes of the input and the output
        self.match_conv = nn.Conv1d(nb_filters, nb_filters, kernel_size=1)

    def forward(self, x):
        prev_x = x
        for conv in self.convs:
            x = F.pad(x, (self.left, 0))
            x = F.relu(conv(x))
            x = self.drop(x)
        x = self.match_conv(x)
        res_x = prev_x + x  # expect: R114
        return res_x
