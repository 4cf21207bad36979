# residua-test: right target=RightDropPathBlock
import torch
from torch import nn


class RightDropPathBlock(nn.Module):
    def __init__(self, features, drop=0.1):
        super().__init__()
        self.f = nn.Sequential(nn.BatchNorm2d(features), nn.Mish(), nn.Conv2d(features, features, 3, padding=1, bias=False))
        self.drop = nn.Dropout2d(drop)

    def forward(self, x):
        return torch.add(self.drop(self.f(x)), x)
