# residua-test: right target=Block style='linear-output basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        dim = config.hidden_size
        self.weight = nn.Parameter(torch.randn(dim, dim, 3, 3) * 0.05)
        self.conv = nn.Conv2d(dim, dim, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(dim)

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        return x + F.conv2d(y, self.weight, padding=1)
