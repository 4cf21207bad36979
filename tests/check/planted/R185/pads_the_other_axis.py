# residua-test: wrong target=PadNet right=networks/pads_each_axis
import torch
import torch.nn.functional as F
from torch import nn


class PadNet(nn.Module):
    def __init__(self, width=16, num_classes=3):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.ReLU())
        self.mid = nn.Sequential(nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.head = nn.Conv2d(2 * width, num_classes, 3, padding=1)

    def forward(self, x):
        skip = self.enc(x)
        y = self.up(self.mid(F.max_pool2d(skip, 2)))
        down, right = skip.shape[2] - y.shape[2], skip.shape[3] - y.shape[3]
        y = F.pad(y, [0, down, 0, right])  # expect: R185
        return self.head(torch.cat([skip, y], 1))
