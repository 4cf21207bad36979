# residua-test: wrong target=VolumeBlock right=blocks/cond_volume
import torch
import torch.nn as nn
import torch.nn.functional as F


class VolumeBlock(nn.Module):
    def __init__(self, width, cond_dim=64):
        super().__init__()
        self.first = nn.Conv3d(width, width, 3, padding=1)
        self.second = nn.Conv3d(width, width, 3, padding=1)
        self.cond = nn.Linear(cond_dim, width)

    def inject(self, h, cond):
        bias = self.cond(cond)
        return h + bias.view(bias.shape[0], -1, 1, 1)  # expect: R206

    def forward(self, x, cond):
        h = self.inject(self.first(F.silu(x)), cond)
        return x + self.second(F.silu(h))
