# residua-test: wrong target=SEResNet
# What is wrong: The network's use_se=True is not passed to the blocks (their default is False), so the "SE" network has no squeeze-excitation at all.
import torch
from torch import nn


class SELayer(nn.Module):
    def __init__(self, channel, reduction=8):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction), nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel), nn.Sigmoid())

    def forward(self, x):
        w = self.fc(x.mean(dim=(2, 3)))
        return x * w[:, :, None, None]


class BasicBlockV1(nn.Module):
    def __init__(self, in_channels, channels, stride, downsample=False, use_se=False):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.se = SELayer(channels) if use_se else None
        self.downsample = None
        if downsample:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, channels, 1, stride, bias=False),
                nn.BatchNorm2d(channels))

    def forward(self, x):
        residual = x if self.downsample is None else self.downsample(x)
        x = self.body(x)
        if self.se is not None:
            x = self.se(x)
        return torch.relu(x + residual)


class SEResNet(nn.Module):
    def __init__(self, layers=(2, 2, 2), channels=(16, 16, 32, 64), classes=10, use_se=True):
        super().__init__()
        self.use_se = use_se
        feats = [nn.Conv2d(3, channels[0], 3, 1, 1, bias=False), nn.BatchNorm2d(channels[0]), nn.ReLU(inplace=True)]
        for i, n in enumerate(layers):
            feats.append(self._make_layer(n, channels[i + 1], 1 if i == 0 else 2, channels[i]))
        feats.append(nn.AdaptiveAvgPool2d(1))
        self.features = nn.Sequential(*feats)
        self.output = nn.Linear(channels[-1], classes)

    def _make_layer(self, n, channels, stride, in_channels):
        layer = nn.Sequential()
        layer.append(BasicBlockV1(in_channels, channels, stride, downsample=channels != in_channels or stride != 1))  # expect: R189
        for _ in range(n - 1):
            layer.append(BasicBlockV1(channels, channels, 1))
        return layer

    def forward(self, x):
        return self.output(self.features(x).flatten(1))
