# residua-test: wrong target=MaskBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class MaskBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.down = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(channels, channels, 2, stride=2)

    def forward(self, x):
        mask = torch.sigmoid(self.up(F.relu(self.down(x))))
        return x + self.conv1(x) * mask  # expect: R148
