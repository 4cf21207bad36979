# residua-test: right target=RoadUnit style='pre-activation basic'
import torch.nn as nn


class RoadUnit(nn.Module):
    def __init__(self, nin, nout, step=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(nin), nn.ReLU(), nn.Conv2d(nin, nout, 3, step, 1),
            nn.BatchNorm2d(nout), nn.ReLU(), nn.Conv2d(nout, nout, 3, 1, 1),
        )
        self.beside = nn.Sequential(nn.Conv2d(nin, nout, 3, step, 1), nn.BatchNorm2d(nout))

    def forward(self, x):
        return self.body(x) + self.beside(x)
