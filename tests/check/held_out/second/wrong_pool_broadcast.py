# residua-test: wrong target=WrongPoolBroadcast
import torch.nn as nn


class WrongPoolBroadcast(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        s = x.mean(dim=1, keepdim=True)
        return self.c(x) + s  # expect: R115
