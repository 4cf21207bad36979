# residua-test: wrong target=Mask
import torch
import torch.nn as nn


class Mask(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        m = torch.cuda.FloatTensor(x.size(0), 1, x.size(2), x.size(3)).fill_(1.0)  # expect: R190
        return x + self.conv(x * m)
