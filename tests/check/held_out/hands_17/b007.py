# residua-test: wrong target=ForecastUnit
# What is wrong: the unpadded dilated convolutions answer for the last steps, the shortcut is cut to the first steps: each sum mixes two times
import torch
from torch import nn


class ForecastUnit(nn.Module):
    """Consumes history: each output step sees only steps up to its own, nothing is padded."""

    def __init__(self, channels: int, kernel: int = 2, dilation: int = 4):
        super().__init__()
        self.filter = nn.Conv1d(channels, channels, kernel, dilation=dilation)
        self.gate = nn.Conv1d(channels, channels, kernel, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        h = torch.tanh(self.filter(series)) * torch.sigmoid(self.gate(series))
        h = self.mix(h)
        return h + series[:, :, : h.size(2)]  # expect: R176
