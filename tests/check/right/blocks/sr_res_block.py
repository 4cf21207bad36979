# residua-test: right target=SRResBlock style='linear-output basic'
import torch.nn as nn


class SRResBlock(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.conv1, self.bn1, self.prelu = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.PReLU()
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)

    def forward(self, x):
        residual = self.prelu(self.bn1(self.conv1(x)))
        residual = self.bn2(self.conv2(residual))
        return x + residual
