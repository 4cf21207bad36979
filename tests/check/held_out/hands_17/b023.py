# residua-test: wrong target=SceneUnit
# What is wrong: with context=True the branch gets twice the channels and the shortcut keeps them: only with this option the sum fails
import torch
from torch import nn


class SceneUnit(nn.Module):
    def __init__(self, dim: int, context: bool = False):
        super().__init__()
        self.context = context
        self.spread = nn.Sequential(
            nn.Conv2d(dim, dim, 3, padding=2, dilation=2, bias=False),
            nn.BatchNorm2d(dim),
            nn.ReLU(),
            nn.Conv2d(dim, dim, 3, padding=1, bias=False),
            nn.BatchNorm2d(dim),
        )
        if context:
            self.glance = nn.Linear(dim, dim)
        self.last = nn.ReLU()

    def forward(self, scene):
        local = self.spread(scene)
        if self.context:
            whole = self.glance(scene.mean(dim=(2, 3)))
            whole = whole[:, :, None, None].expand_as(local)
            local = torch.cat((local, whole), dim=1)
        return self.last(scene + local)  # expect: R114
