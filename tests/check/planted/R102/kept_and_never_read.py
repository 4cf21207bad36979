# residua-test: wrong target=CondResBlock
import torch.nn as nn


class CondResBlock(nn.Module):
    """Of an energy-based model; half as wide a map comes out."""

    def __init__(self, filters=32, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(filters, filters, 3, padding=1)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.embed = nn.Embedding(num_classes, filters)
        self.act = nn.SiLU()
        self.shrink = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(filters, 2 * filters, 1))

    def forward(self, x, y):
        x_in = x  # expect: R102
        x = self.act(self.conv1(x))
        x = x * (1 + self.embed(y)[:, :, None, None])
        x = self.act(self.conv2(x))
        return self.shrink(x)
