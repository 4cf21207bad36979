# residua-test: right target=RightSequentialSubclass
import torch.nn as nn
import torch.nn.functional as F


class RightSequentialSubclass(nn.Sequential):
    def __init__(self, channels):
        super().__init__(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return F.relu(x + super().forward(x))
