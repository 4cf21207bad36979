# residua-test: wrong target=WrongEvenKernel
import torch.nn as nn
import torch.nn.functional as F


class WrongEvenKernel(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 5, padding=2)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 5, padding=1)  # expect: R129
        self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.skip(x))
