# residua-test: right target=Blur
import torch
import torch.nn.functional as F
from torch import nn


class Blur(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.register_buffer("kernel", torch.full((channels, 1, 3, 3), 1 / 9))

    def forward(self, x):
        y = F.conv2d(F.relu(self.conv1(x)), self.kernel, padding=1, groups=x.shape[1])
        noise = torch.zeros(1, 1, *x.shape[2:]).to(x)
        mask = torch.zeros(x.shape[2:], device=x.device)
        return x + self.conv2(y + noise) + mask
