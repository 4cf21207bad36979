# residua-test: right target=S style='linear-output basic'
import torch
import torch.nn as nn


class S(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.h = dim // 2
        self.f = nn.Sequential(nn.Conv2d(dim // 2, dim // 2, 3, padding=1), nn.BatchNorm2d(dim // 2), nn.ReLU())

    def forward(self, x):
        left, right = x[:, :self.h], x[:, self.h:]
        return torch.cat((left, right + self.f(right)), 1)
