# residua-test: right target=ResBlock
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, channels, slope, eps):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(4, channels, eps)
        self.act = nn.LeakyReLU(slope)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.GroupNorm(4, channels, eps)

    def forward(self, x):
        return self.act(x + self.norm2(self.conv2(self.act(self.norm1(self.conv1(x))))))
