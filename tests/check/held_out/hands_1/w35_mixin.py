# residua-test: wrong target=ResLayer
# What is wrong: forward returns only residual when shapes are the same (inverted condition)
import torch.nn as nn

class SkipMixin:
    def add_skip(self, y, x):
        if y.shape != x.shape:  # expect: R102
            return y + self.match(x)
        return y  # expect

class ResLayer(SkipMixin, nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.seq = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(out_channels))
        if stride != 1 or in_channels != out_channels:
            self.match = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
        self.out = nn.ReLU()
    def forward(self, x):
        return self.out(self.add_skip(self.seq(x), x))
