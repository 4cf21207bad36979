# residua-test: wrong target=SpatialAttention
import torch
import torch.nn as nn
import torch.nn.functional as F


class SpatialAttention(nn.Module):
    def __init__(self, kernel_size=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x):
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        gate = torch.sigmoid(self.conv(pooled))
        identity = x
        x = x * (1 + gate)  # expect: R236
        x += identity
        return x
