# residua-test: right target=GatedUnit
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedUnit(nn.Module):
    """x + x · gate, in one call."""

    def __init__(self, channels):
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv1d(channels, channels // 4, 1), nn.ReLU(), nn.Conv1d(channels // 4, channels, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return torch.addcmul(x, x, self.gate(F.adaptive_avg_pool1d(x, 1)))
