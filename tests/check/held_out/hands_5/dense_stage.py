# residua-test: right target=DenseStage
import torch
import torch.nn as nn


class _Layer(nn.Module):
    def __init__(self, cin, growth, bn_size, p):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, bn_size * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth)
        self.conv2 = nn.Conv2d(bn_size * growth, growth, 3, padding=1, bias=False)
        self.drop = nn.Dropout2d(p)

    def forward(self, feats):
        x = torch.cat(feats, 1)
        x = self.conv1(torch.relu(self.norm1(x)))
        return self.drop(self.conv2(torch.relu(self.norm2(x))))


class DenseStage(nn.Module):
    """Dense block and transition: every layer sees all earlier maps."""

    def __init__(self, cin=24, growth=12, layers=4, bn_size=4, p=0.0):
        super().__init__()
        self.layers = nn.ModuleList([_Layer(cin + i * growth, growth, bn_size, p) for i in range(layers)])
        cout = cin + layers * growth
        self.transition = nn.Sequential(
            nn.BatchNorm2d(cout), nn.ReLU(), nn.Conv2d(cout, cout // 2, 1, bias=False), nn.AvgPool2d(2))

    def forward(self, x):
        feats = [x]
        for layer in self.layers:
            feats.append(layer(feats))
        return self.transition(torch.cat(feats, 1))
