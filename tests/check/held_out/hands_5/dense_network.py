# residua-test: wrong target=DenseNet
# What is wrong: After a dense block the width has grown by num_layers*growth, but only one growth is added, so the transition and the rest get the wrong channels and crash
import torch
import torch.nn as nn


class DenseLayer(nn.Module):
    def __init__(self, cin, growth, bn_size=4):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(cin), nn.ReLU(), nn.Conv2d(cin, bn_size * growth, 1, bias=False),
            nn.BatchNorm2d(bn_size * growth), nn.ReLU(),
            nn.Conv2d(bn_size * growth, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.body(x)], dim=1)


class Transition(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(nn.BatchNorm2d(cin), nn.ReLU(), nn.Conv2d(cin, cout, 1, bias=False), nn.AvgPool2d(2))


class DenseNet(nn.Module):
    """DenseNet-BC for 32x32 inputs."""

    def __init__(self, growth=12, blocks=(6, 6, 6), classes=10):
        super().__init__()
        width = 2 * growth
        layers = [nn.Conv2d(3, width, 3, padding=1, bias=False)]
        for i, n in enumerate(blocks):
            for j in range(n):
                layers.append(DenseLayer(width + j * growth, growth))
            width = width + growth  # expect
            if i != len(blocks) - 1:
                layers.append(Transition(width, width // 2))  # expect: R154
                width = width // 2
        layers += [nn.BatchNorm2d(width), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))  # expect
