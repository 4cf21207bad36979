# residua-test: wrong target=Unit
from torch import nn


class Unit(nn.Module):
    def __init__(self, channels, act=nn.ReLU):
        super().__init__()
        self.one, self.two = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)
        if act is nn.PReLU:
            self.act = act(num_features=channels)  # expect: R161
        else:
            self.act = act()

    def forward(self, x):
        return self.act(x + self.two(self.act(self.one(x))))
