# residua-test: right target=StochasticDepth style='post-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class StochasticDepth(nn.Module):
    def __init__(self, channels, p=0.2):
        super().__init__()
        self.p = p
        self.body = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                                  nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        r = self.body(x)
        if self.training:
            keep = torch.empty(x.shape[0], 1, 1, 1).bernoulli_(1 - self.p) / (1 - self.p)
            r = r * keep
        return F.relu(x + r)
