# residua-test: wrong target=GatedUnit right=blocks/gate_in_a_helper
import torch
import torch.nn as nn


class ChannelGate(nn.Module):
    def __init__(self, channels, ratio=8):
        super().__init__()
        narrow = channels // ratio
        self.down = nn.Linear(channels, narrow)
        self.up = nn.Linear(ratio, channels)  # expect: R154

    def forward(self, x):
        w = torch.relu(self.down(x.mean(dim=(2, 3))))
        return x * torch.sigmoid(self.up(w))[:, :, None, None]


class GatedUnit(nn.Module):
    def __init__(self, channels=48):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            ChannelGate(channels, ratio=4),
        )

    def forward(self, x):
        return x + self.body(x)
