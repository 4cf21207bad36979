# residua-test: right target=CriticUnit
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm


class CriticUnit(nn.Module):
    def __init__(self, cin, cout, pool=True):
        super().__init__()
        self.pool = pool
        self.near = spectral_norm(nn.Conv2d(cin, cout, 3, padding=1))
        self.far = spectral_norm(nn.Conv2d(cout, cout, 3, padding=1))
        self.direct = spectral_norm(nn.Conv2d(cin, cout, 1))

    def half(self, x):
        return F.avg_pool2d(x, 2) if self.pool else x

    def forward(self, x):
        h = self.near(F.relu(x))
        h = self.far(F.relu(h))
        return self.half(h) + self.direct(self.half(x))
