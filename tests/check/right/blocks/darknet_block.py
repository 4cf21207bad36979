# residua-test: right target=DarknetBlock style='linear-output basic'
import torch.nn as nn


class DarknetBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        h = channels // 2
        self.layer = nn.Sequential(
            nn.Conv2d(channels, h, 1, bias=False), nn.BatchNorm2d(h), nn.LeakyReLU(0.1),
            nn.Conv2d(h, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.LeakyReLU(0.1),
        )

    def forward(self, x):
        return self.layer(x) + x
