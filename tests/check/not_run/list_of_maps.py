# reason: forward raises TypeError: cat()
import torch
import torch.nn as nn


class Fuse(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv = nn.Conv2d(2 * dim, dim, 1)

    def forward(self, xs):
        return xs[0] + self.conv(torch.cat(xs, 1))
