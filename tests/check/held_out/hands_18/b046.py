# residua-test: wrong target=HeadlessNet
# What is wrong: The trunk's skips are in Trunk.forward, but its children are put into a Sequential, so the residual sums are lost.
import torch
import torch.nn as nn


class Trunk(nn.Module):
    """three conv stages with a residual around stage 2 and stage 3"""

    def __init__(self, width=24):
        super().__init__()
        self.stage1 = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1), nn.BatchNorm2d(width), nn.ReLU())
        self.stage2 = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU())
        self.stage3 = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU())
        self.classifier = nn.Linear(width, 1000)

    def forward(self, x):
        x = self.stage1(x)
        x = x + self.stage2(x)
        x = x + self.stage3(x)
        return self.classifier(x.mean((2, 3)))


class HeadlessNet(nn.Module):
    """the residual trunk without its classifier, + embedding layer for retrieval"""

    def __init__(self, emb=64):
        super().__init__()
        base = Trunk()
        feat = base.classifier.in_features
        self.features = nn.Sequential(*list(base.children())[:-1])  # expect: R225
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.embed = nn.Linear(feat, emb)

    def forward(self, x):
        f = self.features(x)
        f = self.pool(f).flatten(1)
        return nn.functional.normalize(self.embed(f), dim=1)
