# residua-test: wrong target=SkipDetach
# What is wrong: identity is x.detach()
import torch
import torch.nn as nn
class SkipDetach(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(),
                                  nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False), nn.BatchNorm2d(out_channels))
        self.short = None if in_channels == out_channels and stride == 1 else nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
    def forward(self, x):
        keep = x.detach()  # expect: R127
        if self.short is not None:
            keep = self.short(keep)
        return torch.relu(keep + self.body(x))
