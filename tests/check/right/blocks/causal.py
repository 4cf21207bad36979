# residua-test: right target=CausalBlock style='linear-output basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class CausalBlock(nn.Module):
    """Strictly causal: the output at t depends on x[..., :t + 1] only."""

    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        self.pad = (kernel_size - 1) * dilation
        self.conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = torch.tanh(self.conv(F.pad(x, (self.pad, 0))))
        return x + self.mix(y)
