# residua-test: wrong target=WrongHalfGrad
import torch
from torch import nn
from torch.nn import functional as F


class WrongHalfGrad(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(ch, ch, 3, padding=1), nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        with torch.no_grad():
            h = F.relu(self.c1(x))  # expect: R127
        return x + self.c2(h)
