# residua-test: wrong target=WrongBatchSoftmax
import torch
from torch import nn


class WrongBatchSoftmax(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.v = nn.Conv2d(dim, dim, 1), nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        a = torch.softmax(self.q(x), dim=0)  # expect: R135
        return x + a * self.v(x)
