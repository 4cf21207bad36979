# residua-test: right target=ConvHighway
import torch
import torch.nn as nn


class ConvHighway(nn.Module):
    """Highway conv layer as used in DC-TTS: y = sigmoid(H1) * H2 + (1 - sigmoid(H1)) * x"""

    def __init__(self, channels, kernel_size=3, dilation=1, causal=False):
        super().__init__()
        total = (kernel_size - 1) * dilation
        left = total if causal else total // 2
        self.pad = nn.ConstantPad1d((left, total - left), 0.0)
        self.conv = nn.Conv1d(channels, 2 * channels, kernel_size, dilation=dilation)

    def forward(self, x):
        h1, h2 = torch.split(self.conv(self.pad(x)), x.size(1), dim=1)
        gate = torch.sigmoid(h1)
        return gate * h2 + (1.0 - gate) * x
