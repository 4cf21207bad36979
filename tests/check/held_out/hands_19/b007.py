# residua-test: wrong target=CountNet
# What is wrong: a (B, 1) correction plus a (B,) coarse count broadcasts to (B, B), so every image gets the counts of all images of the batch.
# cell counting: coarse density map + a correction of the total, trained with L1 on the count
import torch
import torch.nn as nn


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1), nn.GroupNorm(4, c), nn.ReLU(),
                               nn.Conv2d(c, c, 3, 1, 1), nn.GroupNorm(4, c))

    def forward(self, x):
        return torch.relu(x + self.f(x))


class CountNet(nn.Module):
    def __init__(self, width=16, n_blocks=3):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 5, stride=2, padding=2)
        self.trunk = nn.Sequential(*[Res(width) for _ in range(n_blocks)])
        self.density = nn.Sequential(nn.Conv2d(width, 1, 1), nn.Softplus())
        self.correction = nn.Linear(width, 1)

    def forward(self, x):
        h = self.trunk(self.stem(x))
        coarse = self.density(h).sum(dim=(1, 2, 3))
        delta = self.correction(h.mean(dim=(2, 3)))
        return coarse + delta  # expect: R115
