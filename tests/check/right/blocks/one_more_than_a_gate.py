# residua-test: right target=BAM
import torch
import torch.nn as nn
import torch.nn.functional as F


class BAM(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1), nn.ReLU(), nn.Conv2d(channels // reduction, channels, 1)
        )

    def forward(self, x):
        m = torch.sigmoid(self.fc(x.mean((2, 3), keepdim=True)))
        return x * (1 + m)
