# residua-test: wrong target=CausalBlock
import torch
import torch.nn as nn


class CausalBlock(nn.Module):
    """Strictly causal: the output at t depends on x[..., :t + 1] only."""

    def __init__(self, channels, kernel_size=3, dilation=1):
        super().__init__()
        p = (kernel_size - 1) * dilation // 2
        self.conv = nn.Conv1d(channels, channels, kernel_size, padding=p, dilation=dilation)  # expect: R176
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = torch.tanh(self.conv(x))  # expect
        return x + self.mix(y)
