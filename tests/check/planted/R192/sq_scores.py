# residua-test: wrong target=Critic
import torch
import torch.nn as nn
import torch.nn.functional as F


class Critic(nn.Module):
    def __init__(self, in_channels=3, nf=32):
        super().__init__()
        self.a = nn.Conv2d(in_channels, nf, 4, 2, 1)
        self.b = nn.Conv2d(nf, nf, 3, 1, 1)
        self.out = nn.Conv2d(nf, 1, 1)

    def forward(self, x):
        x = F.leaky_relu(self.a(x), 0.2)
        x = x + self.b(F.leaky_relu(x, 0.2))
        return torch.squeeze(self.out(x).mean((2, 3), keepdim=True))  # expect: R192
