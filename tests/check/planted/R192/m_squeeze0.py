# residua-test: wrong target=Gate
import torch
import torch.nn as nn


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.conv(x)
        w = y.mean((2, 3)).squeeze(0)  # expect: R192
        w = torch.sigmoid(self.fc(w))
        return x + y * w[:, :, None, None]
