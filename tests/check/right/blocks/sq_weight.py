# residua-test: right target=Net
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, channels=32):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.scale = nn.Parameter(torch.full((1, channels, 1, 1), 0.5))

    def forward(self, x):
        s = self.scale.squeeze()
        return x + self.conv(x) * s[None, :, None, None]
