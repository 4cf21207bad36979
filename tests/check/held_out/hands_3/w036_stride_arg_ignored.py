# residua-test: wrong target=Bottleneck
# What is wrong: stride is ignored by the main path (conv2 hard-codes 1) while the shortcut strides
import torch
from torch import nn


class Bottleneck(nn.Module):
    def __init__(self, in_features, mid_features, stride=1, expansion=4):
        super().__init__()
        out_features = mid_features * expansion
        self.block = nn.Sequential(
            nn.Conv2d(in_features, mid_features, kernel_size=1, bias=False),
            nn.BatchNorm2d(mid_features),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_features, mid_features, kernel_size=3, stride=1, padding=1, bias=False),  # expect: R110
            nn.BatchNorm2d(mid_features),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_features, out_features, kernel_size=1, bias=False),
            nn.BatchNorm2d(out_features),
        )
        if stride != 1 or in_features != out_features:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_features, out_features, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_features),
            )
        else:
            self.shortcut = nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.block(x) + self.shortcut(x))  # expect
