# residua-test: wrong target=Res
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1)

    def foward(self, x):  # expect: R194
        return F.relu(x + self.c1(x))
