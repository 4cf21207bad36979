# residua-test: wrong target=DilatedLayer right=blocks/crop_of_valid
import torch
import torch.nn as nn
import torch.nn.functional as F


class DilatedLayer(nn.Module):
    """Causal layer without padding."""

    def __init__(self, channels, dilation=2):
        super().__init__()
        self.dilated = nn.Conv1d(channels, 2 * channels, 2, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        a, b = self.dilated(x).chunk(2, 1)
        y = self.mix(torch.tanh(a) * torch.sigmoid(b))
        identity = x[:, :, :y.shape[2]]  # expect: R176
        return y + identity
