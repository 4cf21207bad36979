# residua-test: wrong target=Rev
import torch
import torch.nn as nn


class Rev(nn.Module):
    def __init__(self, channels):
        super().__init__()
        c = channels // 2
        self.F = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))
        self.G = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.F(x2)
        y2 = x2 + self.G(y1)
        return torch.cat([y1, y1], dim=1)  # expect: R155, R174
