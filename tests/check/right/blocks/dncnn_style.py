# residua-test: right target=DnCNNStyle style='linear-output basic'
import torch.nn as nn


class DnCNNStyle(nn.Module):
    def __init__(self, features=64):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(features, features, 3, padding=1, bias=False), nn.BatchNorm2d(features), nn.ReLU(True), nn.Conv2d(features, features, 3, padding=1, bias=False))

    def forward(self, x):
        noise = self.net(x)
        return x - noise
