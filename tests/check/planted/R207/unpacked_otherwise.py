# residua-test: wrong target=Modulated
import torch
from torch import nn


class Modulated(nn.Module):
    def __init__(self, channels=32, num_classes=10):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.table = nn.Embedding(num_classes, 2 * channels)
        nn.init.ones_(self.table.weight[:, :channels].data)
        nn.init.zeros_(self.table.weight[:, channels:].data)

    def forward(self, x, y):
        shift, scale = self.table(y)[:, :, None, None].chunk(2, dim=1)  # expect: R207
        h = self.norm(x) * scale
        h = h + shift
        return x + self.conv(torch.relu(h))
