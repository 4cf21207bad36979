# residua-test: right target=ECABlock
import torch
from torch import nn


class ECA(nn.Module):
    """Efficient channel attention."""

    def __init__(self, k=3):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, k, padding=k // 2, bias=False)

    def forward(self, x):
        y = x.mean((2, 3), keepdim=True)
        y = self.conv(y.squeeze(-1).transpose(1, 2)).transpose(1, 2).unsqueeze(-1)
        return x * torch.sigmoid(y).expand_as(x)


class ECABlock(nn.Module):
    def __init__(self, c=64):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c)
        self.c2, self.b2 = nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c)
        self.eca = ECA()

    def forward(self, x):
        return torch.relu(x + self.eca(self.b2(self.c2(torch.relu(self.b1(self.c1(x)))))))
