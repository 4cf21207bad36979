# residua-test: right target=HalvedHighway
import torch
import torch.nn as nn
import torch.nn.functional as F


class HalvedHighway(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.h, self.t = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        t = torch.sigmoid(self.t(x))
        return t * F.relu(self.h(x)) + 0.5 * ((1 - t) * x)
