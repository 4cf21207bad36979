# residua-test: right target=RightTwoPathMax
import torch
import torch.nn.functional as F
from torch import nn


class RightTwoPathMax(nn.Module):
    def __init__(self, in_features, out_features, stride=1):
        super().__init__()
        self.path = nn.Sequential(nn.Conv2d(in_features, out_features, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(out_features), nn.Hardswish(),
                                  nn.Conv2d(out_features, out_features, 3, padding=1, bias=False), nn.BatchNorm2d(out_features))
        self.bypass = nn.Identity()
        if in_features != out_features or stride > 1:
            self.bypass = nn.Sequential(nn.MaxPool2d(3, stride, 1), nn.Conv2d(in_features, out_features, 1, bias=False), nn.BatchNorm2d(out_features))

    def forward(self, x):
        return F.hardswish(torch.stack([self.path(x), self.bypass(x)]).sum(0))
