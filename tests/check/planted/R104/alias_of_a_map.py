# residua-test: wrong target=Refine
import torch
import torch.nn as nn


class Refine(nn.Module):
    def __init__(self, channels=32):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv1(x)
        out = y  # expect: R104
        out += self.conv2(torch.relu(x))
        return x + torch.relu(y + out)
