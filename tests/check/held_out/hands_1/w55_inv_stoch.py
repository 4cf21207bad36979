# residua-test: wrong target=SD
# What is wrong: stochastic depth skipped in train, random in eval (inverted flag)
import torch
import torch.nn as nn
class SD(nn.Module):
    def __init__(self, channels, p=0.5):
        super().__init__()
        self.f = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
                               nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1, bias=False))
        self.p = p
    def forward(self, x):
        if not self.training and torch.rand(1).item() < self.p:  # expect: R146
            return x
        return x + self.f(x)
