# residua-test: wrong target=SEResBlock
# What is wrong: the SE weights are computed but never multiplied onto the features
import torch
import torch.nn as nn


class SEResBlock(nn.Module):
    def __init__(self, channel, reduction=16):
        super().__init__()
        self.conv1 = nn.Conv2d(channel, channel, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channel)
        self.conv2 = nn.Conv2d(channel, channel, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channel)
        self.relu = nn.ReLU(inplace=True)
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction),
            nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel),
            nn.Sigmoid(),
        )

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        b, c, _, _ = out.size()
        w = self.avg_pool(out).view(b, c)
        w = self.fc(w).view(b, c, 1, 1)  # expect: R155
        out = out + x  # expect
        return self.relu(out)  # expect
