# residua-test: wrong target=TemporalBlock
# What is wrong: The chomp cuts the first steps off instead of the last ones, so the 'causal' block sees only the present and the future.
import torch
import torch.nn as nn


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super(Chomp1d, self).__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, self.chomp_size:].contiguous()  # expect: R176


class TemporalBlock(nn.Module):
    """Causal TCN block, input (batch, n_inputs, time)"""

    def __init__(self, n_inputs=8, n_outputs=16, kernel_size=3, dilation=2, dropout=0.2):
        super(TemporalBlock, self).__init__()
        pad = (kernel_size - 1) * dilation
        self.conv1 = nn.Conv1d(n_inputs, n_outputs, kernel_size, padding=pad, dilation=dilation)
        self.conv2 = nn.Conv1d(n_outputs, n_outputs, kernel_size, padding=pad, dilation=dilation)
        self.chomp1 = Chomp1d(pad)
        self.chomp2 = Chomp1d(pad)
        self.drop1 = nn.Dropout(dropout)
        self.drop2 = nn.Dropout(dropout)
        self.relu = nn.ReLU()
        self.net = nn.Sequential(self.conv1, self.chomp1, nn.ReLU(), self.drop1,
                                 self.conv2, self.chomp2, nn.ReLU(), self.drop2)
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.init_weights()

    def init_weights(self):
        self.conv1.weight.data.normal_(0, 0.05)
        self.conv2.weight.data.normal_(0, 0.05)
        if self.downsample is not None:
            self.downsample.weight.data.normal_(0, 0.05)

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(out + res)
