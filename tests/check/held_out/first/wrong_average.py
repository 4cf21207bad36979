# residua-test: wrong target=WrongAverage
from torch import nn
from torch.nn import functional as F


class WrongAverage(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, 1, 1), nn.BatchNorm2d(dim), nn.ReLU(), nn.Conv2d(dim, dim, 3, 1, 1), nn.BatchNorm2d(dim))

    def forward(self, x):
        return F.relu(0.5 * (x + self.body(x)))  # expect: R152
