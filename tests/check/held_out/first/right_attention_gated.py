# residua-test: right target=RightAttentionGated
from torch import nn
from torch.nn import functional as F


class RightAttentionGated(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(c, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.BatchNorm2d(c))
        self.mask = nn.Sequential(nn.Conv2d(c, c, 1), nn.Sigmoid())

    def forward(self, x):
        t = self.trunk(x)
        return F.relu(x + (1 + self.mask(x)) * t)
