# residua-test: right target=RightLKA
import torch
from torch import nn
from torch.nn import functional as F


class RightLKA(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = nn.BatchNorm2d(d_model)
        self.proj_1, self.proj_2 = nn.Conv2d(d_model, d_model, 1), nn.Conv2d(d_model, d_model, 1)
        self.conv0 = nn.Conv2d(d_model, d_model, 5, padding=2, groups=d_model)
        self.ls = nn.Parameter(1e-2 * torch.ones(d_model))

    def forward(self, x):
        shortcut = x.clone()
        y = F.gelu(self.proj_1(self.norm(x)))
        y = self.proj_2(self.conv0(y) * y)
        return shortcut + self.ls[None, :, None, None] * y
