# residua-test: right target=B style='post-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, dim, p=0.1, residual=True):
        super().__init__()
        self.p = p
        self.residual = residual
        self.f = nn.Sequential(
            nn.Conv2d(dim, dim, 3, padding=1), nn.GroupNorm(4, dim), nn.ReLU(),
            nn.Conv2d(dim, dim, 3, padding=1), nn.GroupNorm(4, dim))

    def forward(self, x):
        y = self.f(x)
        if not self.residual:
            return F.relu(y)
        if self.training and self.p > 0:
            noise = torch.empty([x.shape[0], 1, 1, 1]).bernoulli_(1 - self.p)
            if self.p < 1:
                noise.div_(1 - self.p)
            y = y * noise
        return F.relu(x + y)
