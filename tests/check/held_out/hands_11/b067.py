# residua-test: wrong target=TemporalConvNet
# What is wrong: the 1x1 conv that should bring the input to the branch's channels is applied to the branch's output; with in != out channels it fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class TemporalBlock(nn.Module):
    def __init__(self, n_in, n_out, kernel_size, dilation, dropout=0.2):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv1 = nn.Conv1d(n_in, n_out, kernel_size, dilation=dilation)
        self.conv2 = nn.Conv1d(n_out, n_out, kernel_size, dilation=dilation)
        self.match = nn.Conv1d(n_in, n_out, 1) if n_in != n_out else None
        self.dropout = nn.Dropout(dropout)

    def causal(self, conv, x):
        # pad only on the left so that nothing comes from the future
        return conv(F.pad(x, (self.pad, 0)))

    def forward(self, x):
        prev_x = x
        for conv in (self.conv1, self.conv2):
            x = self.dropout(F.relu(self.causal(conv, x)))
        if self.match is not None:
            x = self.match(x)  # expect: R120
        return F.relu(x + prev_x)


class TemporalConvNet(nn.Module):
    def __init__(self, n_inputs, channels, kernel_size=3):
        super().__init__()
        blocks = []
        for i, c in enumerate(channels):
            blocks.append(TemporalBlock(n_inputs, c, kernel_size, 2 ** i))
            n_inputs = c
        self.net = nn.Sequential(*blocks)

    def forward(self, x):
        return self.net(x)
