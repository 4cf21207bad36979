# residua-test: wrong target=LayerScaleBlock
# What is wrong: nn.Parameter(...) * init is an ordinary tensor: gamma is not registered and never updated
import torch
import torch.nn as nn


class LayerScaleBlock(nn.Module):
    def __init__(self, dim, init_value=0.1, mlp_ratio=2):
        super().__init__()
        self.spatial = nn.Conv2d(dim, dim, 5, padding=2, groups=dim)
        self.norm = nn.BatchNorm2d(dim)
        self.fc1 = nn.Conv2d(dim, dim * mlp_ratio, 1)
        self.fc2 = nn.Conv2d(dim * mlp_ratio, dim, 1)
        self.act = nn.GELU()
        # learnable layer scale
        self.gamma = nn.Parameter(torch.ones(dim, 1, 1)) * init_value  # expect: R168

    def forward(self, x):
        y = self.norm(self.spatial(x))
        y = self.fc2(self.act(self.fc1(y)))
        return x + self.gamma * y  # expect
