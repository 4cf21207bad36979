# residua-test: right target=Unit
import copy
import torch
from torch import nn


class Unit(nn.Module):
    template = nn.Conv2d(32, 32, 3, padding=1, bias=False)

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = copy.deepcopy(self.template), copy.deepcopy(self.template)
        self.bn1, self.bn2 = nn.BatchNorm2d(32), nn.BatchNorm2d(32)

    def forward(self, x):
        return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))
