# residua-test: right target=PolicyValueNet
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class NetConfig:
    board: int = 8
    in_planes: int = 17
    filters: int = 32
    blocks: int = 6
    se_ratio: int = 4
    n_moves: int = 73


class SE(nn.Module):
    """squeeze -> (gamma, beta); out = sigmoid(gamma) * x + beta"""

    def __init__(self, c, r):
        super().__init__()
        self.down = nn.Linear(c, c // r)
        self.up = nn.Linear(c // r, 2 * c)

    def forward(self, x):
        z = torch.relu(self.down(x.mean(dim=(-2, -1))))
        g, b = self.up(z)[..., None, None].chunk(2, dim=1)
        return torch.sigmoid(g) * x + b


class Block(nn.Module):
    def __init__(self, c, r):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(c, c, 3, padding='same', bias=False), nn.BatchNorm2d(c), nn.ReLU(True),
            nn.Conv2d(c, c, 3, padding='same', bias=False), nn.BatchNorm2d(c), SE(c, r),
        )

    def forward(self, x):
        return (x + self.f(x)).relu()


class PolicyValueNet(nn.Module):
    def __init__(self, cfg: NetConfig = NetConfig()):
        super().__init__()
        c, n = cfg.filters, cfg.board
        self.stem = nn.Sequential(
            nn.Conv2d(cfg.in_planes, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(True))
        self.tower = nn.Sequential(*(Block(c, cfg.se_ratio) for _ in range(cfg.blocks)))
        # policy stays convolutional: one plane per move type
        self.policy = nn.Sequential(
            nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(True),
            nn.Conv2d(c, cfg.n_moves, 1), nn.Flatten())
        self.value = nn.Sequential(
            nn.Conv2d(c, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(True), nn.Flatten(),
            nn.Linear(4 * n * n, 64), nn.ReLU(True), nn.Linear(64, 1), nn.Tanh())

    def forward(self, planes):
        h = self.tower(self.stem(planes))
        return self.policy(h), self.value(h).squeeze(-1)
