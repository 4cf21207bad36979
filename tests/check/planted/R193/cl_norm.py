# residua-test: wrong target=Unit
import torch.nn as nn


class Unit(nn.Module):
    width = 48
    norm = nn.BatchNorm2d(48)  # expect: R193

    def __init__(self, act=nn.ReLU):
        super().__init__()
        self.conv = nn.Conv2d(self.width, self.width, 3, padding=1, bias=False)
        self.act = act()

    def forward(self, x):
        return self.act(x + self.norm(self.conv(x)))
