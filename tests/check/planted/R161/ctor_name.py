# residua-test: wrong target=B
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.c1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.c2 = nn.Conv2d(out_channels, out_channel, 3, padding=1)  # expect: R161

    def forward(self, x):
        return F.relu(x + self.c2(F.relu(self.c1(x))))
