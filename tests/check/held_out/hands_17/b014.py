# residua-test: right target=SharedHead
import torch
from torch import nn


class SharedHead(nn.Module):
    """Scores of every cell on each level."""

    def __init__(self, width=24, repeats=2, levels=3, outputs=9):
        super().__init__()
        self.down = nn.ModuleList()
        for i in range(levels):
            self.down.append(nn.Sequential(nn.Conv2d(3 if i == 0 else width, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width, momentum=0.01), nn.ReLU()))
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(repeats)])
        self.norms = nn.ModuleList([
            nn.ModuleList([nn.BatchNorm2d(width, eps=1e-3, momentum=0.01) for _ in range(repeats)]) for _ in range(levels)
        ])
        self.predict = nn.Conv2d(width, outputs, 1)

    def forward(self, image):
        result, x = [], image
        for down, norms in zip(self.down, self.norms):
            x = down(x)
            h = x
            for conv, norm in zip(self.convs, norms):
                h = h + nn.functional.silu(norm(conv(h)))
            result.append(self.predict(h))
        return result
