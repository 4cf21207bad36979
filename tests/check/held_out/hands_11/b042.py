# residua-test: right target=StochasticDepthNet
import torch
import torch.nn as nn


class SDBlock(nn.Module):
    def __init__(self, cin, cout, stride, survival):
        super().__init__()
        self.survival = survival
        self.residual = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
            nn.BatchNorm2d(cout),
        )
        self.identity = nn.Identity() if cin == cout and stride == 1 else nn.Sequential(
            nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        skip = self.identity(x)
        if self.training:
            # coin flip for the whole mini batch
            if self.survival < 1.0 and torch.rand(()) > self.survival:
                return torch.relu(skip)
            return torch.relu(skip + self.residual(x))
        return torch.relu(skip + self.survival * self.residual(x))


class StochasticDepthNet(nn.Module):
    def __init__(self, num_classes=10, blocks=(2, 2, 2), width=16, p_last=0.5):
        super().__init__()
        total = sum(blocks)
        self.stem = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        layers = []
        cin, l = width, 0
        for s, n in enumerate(blocks):
            cout = width << s
            for b in range(n):
                l += 1
                p_l = 1.0 - l / total * (1.0 - p_last)
                layers.append(SDBlock(cin, cout, 2 if s and not b else 1, p_l))
                cin = cout
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(cin, num_classes)

    def forward(self, x):
        x = self.layers(self.stem(x))  # found: R136
        return self.head(x.mean((2, 3)))
