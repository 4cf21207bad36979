# residua-test: wrong target=Blur right=blocks/kernel_in_buffer
import torch
import torch.nn.functional as F
from torch import nn


class Blur(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.kernel = torch.full((channels, 1, 3, 3), 1 / 9)  # expect: R218

    def forward(self, x):
        y = F.conv2d(F.relu(self.conv1(x)), self.kernel, padding=1, groups=x.shape[1])
        return x + self.conv2(y)
