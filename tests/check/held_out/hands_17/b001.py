# residua-test: wrong target=ResNet34
# What is wrong: a whole stage of 6 to 12 convolutions is added around once; the 34-layer network has a shortcut over every two convolutions
from collections import OrderedDict

import torch
from torch import nn


class Stage(nn.Module):
    def __init__(self, c_in, c_out, blocks, stride):
        super().__init__()
        path = OrderedDict()
        for i in range(2 * blocks):
            path[f"conv{i}"] = nn.Conv2d(c_in if i == 0 else c_out, c_out, 3, stride if i == 0 else 1, 1, bias=False)
            path[f"bn{i}"] = nn.BatchNorm2d(c_out)
            if i + 1 < 2 * blocks:
                path[f"relu{i}"] = nn.ReLU(inplace=True)
        self.path = nn.Sequential(path)
        self.short = nn.Identity()
        if stride > 1 or c_in != c_out:
            self.short = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        return torch.relu(self.path(x) + self.short(x))  # expect: R200


class ResNet34(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.Sequential(Stage(64, 64, 3, 1), Stage(64, 128, 4, 2), Stage(128, 256, 6, 2), Stage(256, 512, 3, 2))
        self.classifier = nn.Linear(512, classes)

    def forward(self, images):
        maps = self.stages(self.stem(images))
        return self.classifier(maps.mean((2, 3)))
