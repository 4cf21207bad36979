# residua-test: wrong target=U
import torch.nn as nn
import torch.nn.functional as F


def shuffle(x, groups):
    n, c, h, w = x.size()
    x = x.reshape(n, groups, c // groups, h, w)
    x = x.permute(0, 1, 2, 3, 4)  # expect
    return x.reshape(n, c, h, w)  # expect: R175


class U(nn.Module):
    def __init__(self, channels, groups=4):
        super().__init__()
        self.g = groups
        self.a = nn.Sequential(nn.Conv2d(channels, channels, 1, groups=groups), nn.BatchNorm2d(channels), nn.ReLU())
        self.d = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, groups=channels), nn.BatchNorm2d(channels))
        self.b = nn.Sequential(nn.Conv2d(channels, channels, 1, groups=groups), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = shuffle(self.a(x), self.g)
        return F.relu(x + self.b(self.d(y)))
