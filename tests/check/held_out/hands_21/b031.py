# residua-test: wrong target=CaptchaResNet
# What is wrong: The stride of the stage is given to every block, so a stage of three blocks shrinks the map by eight instead of two.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.proj = None
        if stride > 1 or in_channels != out_channels:
            self.proj = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x):
        skip = self.proj(x) if self.proj is not None else x
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + skip)


class CaptchaResNet(nn.Module):
    """Grey 64x160 captchas, 5 letters out of 36."""

    def __init__(self, num_letters=5, num_symbols=36):
        super().__init__()
        self.in_channels = 32
        self.num_letters = num_letters
        self.conv = nn.Conv2d(1, 32, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(32)
        self.layer1 = self._make_layer(32, 3, stride=1)
        self.layer2 = self._make_layer(64, 3, stride=2)
        self.layer3 = self._make_layer(128, 3, stride=2)
        self.fc = nn.Linear(128, num_letters * num_symbols)

    def _make_layer(self, out_channels, num_blocks, stride):
        layers = []
        for _ in range(num_blocks):
            layers.append(Block(self.in_channels, out_channels, stride))  # expect: R179
            self.in_channels = out_channels
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x).view(x.size(0), self.num_letters, -1)
