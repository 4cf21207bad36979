# residua-test: wrong target=GroupBlock right=blocks/scale_of_parameters
import torch
import torch.nn as nn
import torch.nn.functional as F


class Affine(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        x = F.group_norm(x, 8)
        return torch.add(x * self.beta, self.gamma)  # expect: R207


class GroupBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), Affine(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), Affine(channels))

    def forward(self, x):
        return F.relu(x + self.layers(x))
