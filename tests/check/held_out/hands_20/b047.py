# residua-test: wrong target=TemporalBlock args='n_inputs=8, n_outputs=16'
# What is wrong: The 1x1 convolution that should match the input's channels is applied to the branch, which fails as soon as the channels differ.
import torch
import torch.nn as nn
import torch.nn.functional as F


class TemporalBlock(nn.Module):
    """Dilated causal convolutions for sequence modelling, input (N, C, L)."""

    def __init__(self, n_inputs, n_outputs, kernel_size=3, dilation=1, dropout=0.2):
        super().__init__()
        self.left = (kernel_size - 1) * dilation
        self.convs = nn.ModuleList([
            nn.Conv1d(n_inputs, n_outputs, kernel_size, dilation=dilation),
            nn.Conv1d(n_outputs, n_outputs, kernel_size, dilation=dilation),
        ])
        self.drop = nn.Dropout1d(dropout)
        self.match = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None

    def forward(self, x):
        prev_x = x
        for conv in self.convs:
            x = conv(F.pad(x, (self.left, 0)))
            x = self.drop(F.relu(x))
        if self.match is not None:
            x = self.match(x)  # expect: R120
        return F.relu(prev_x + x)
