# residua-test: wrong target=AuxiliaryBlock right=blocks/adds_in_both_modes
import torch
from torch import nn


class AuxiliaryBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(width), nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), nn.Conv2d(width, width, 3, padding=1, bias=False)

    def forward(self, x):
        out = self.conv1(torch.relu(self.bn1(x)))
        if self.training:
            out = nn.functional.dropout(out, 0.1)
            return self.conv2(torch.relu(self.bn2(out)))  # expect: R102
        return x + self.conv2(torch.relu(self.bn2(out)))
