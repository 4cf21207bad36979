# residua-test: wrong target=GatedUnit
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gate = nn.Sequential(
            nn.Conv1d(channels, channels // 4, 1), nn.ReLU(), nn.Conv1d(channels // 4, channels, 1), nn.Sigmoid()
        )

    def forward(self, x):
        weight = self.gate(F.adaptive_avg_pool1d(x, 1))
        return torch.addcmul(x, x, 1 + weight)  # expect: R236
