# residua-test: wrong target=ResidualTCN
# What is wrong: the 1x1 matching convolution is applied to the branch output instead of to the input: fails when the channel numbers differ, and the shortcut is never matched
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualTCN(nn.Module):
    # x : (N, C_in, T) ->  (N, C_out, T)
    def __init__(self, n_inputs, n_filters, kernel_size=3, dilation_rate=1, dropout_rate=0.0):
        super(ResidualTCN, self).__init__()
        self.left = (kernel_size - 1) * dilation_rate
        self.conv1 = nn.Conv1d(n_inputs, n_filters, kernel_size, dilation=dilation_rate)
        self.conv2 = nn.Conv1d(n_filters, n_filters, kernel_size, dilation=dilation_rate)
        self.dropout = nn.Dropout(dropout_rate)
        self.match = None
        if n_inputs != n_filters:
            self.match = nn.Conv1d(n_inputs, n_filters, 1)

    def forward(self, x):
        prev_x = x
        for conv in (self.conv1, self.conv2):
            x = F.pad(x, (self.left, 0))
            x = self.dropout(F.relu(conv(x)))
        # match the shapes
        if self.match is not None:
            x = self.match(x)  # expect: R120
        return prev_x + x
