# residua-test: wrong target=PlainRes
# What is wrong: second conv has no padding, shapes differ at the addition
import torch.nn as nn
import torch.nn.functional as F

class PlainRes(nn.Module):
    def __init__(self, channels):
        super(PlainRes, self).__init__()
        self.c1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.c2 = nn.Conv2d(channels, channels, kernel_size=3)  # expect: R129
        self.n1 = nn.BatchNorm2d(channels)
        self.n2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.n1(self.c1(x)))
        y = self.n2(self.c2(y))
        y += x
        return F.relu(y)
