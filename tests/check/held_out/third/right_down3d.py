# residua-test: right target=RightDown3d
import torch
import torch.nn.functional as F
from torch import nn


class RightDown3d(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.down = nn.Conv3d(ch, 2 * ch, 2, stride=2)
        self.ops = nn.Sequential(nn.Conv3d(2 * ch, 2 * ch, 5, padding=2), nn.BatchNorm3d(2 * ch), nn.ELU())

    def forward(self, x):
        down = F.elu(self.down(x))
        return F.elu(torch.add(self.ops(down), down))
