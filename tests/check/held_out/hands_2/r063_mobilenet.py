# residua-test: right target=MobileNetV2Tiny
import torch
from torch import nn


def cbr(i, o, k=3, s=1, g=1):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o), nn.ReLU6(inplace=True))


class LinearBottleneck(nn.Module):
    def __init__(self, i, o, s, t):
        super().__init__()
        self.residual = nn.Sequential(
            cbr(i, i * t, 1), cbr(i * t, i * t, 3, s, g=i * t),
            nn.Conv2d(i * t, o, 1, bias=False), nn.BatchNorm2d(o))
        self.identity = s == 1 and i == o

    def forward(self, x):
        y = self.residual(x)
        return y + x if self.identity else y


class MobileNetV2Tiny(nn.Module):
    # t, c, n, s
    SETTINGS = ((1, 8, 1, 1), (6, 16, 2, 2), (6, 24, 2, 2))

    def __init__(self, num_classes=10):
        super().__init__()
        c = 16
        feats = [cbr(3, c)]
        for t, ch, n, s in self.SETTINGS:
            for j in range(n):
                feats.append(LinearBottleneck(c, ch, s if j == 0 else 1, t))
                c = ch
        feats.append(cbr(c, 64, 1))
        self.features = nn.Sequential(*feats)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(64, num_classes))

    def forward(self, x):
        x = self.features(x)
        x = torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1)
        return self.classifier(x)
