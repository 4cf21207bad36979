# residua-test: wrong target=ConvBlock
import torch
from torch import nn


class ConvBlock(nn.Module):
    def __init__(self, channels, kernel_size=3):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.bn1 = nn.BatchNorm2d(channels)
        self.act = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.act(self.bn1(self.conv1(x)))
        return self.act(self.bn2(self.conv2(y)) + x)

    @staticmethod
    def _fold(conv, bn):
        scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
        conv.weight.data = conv.weight * scale.view(-1, 1, 1, 1)
        conv.bias.data = (conv.bias - bn.running_mean) * scale + bn.bias

    def fuse(self):
        self._fold(self.conv1, self.bn1)
        self._fold(self.conv2, self.bn2)  # expect: R242
        self.bn1 = nn.Identity()
        return self
