# residua-test: wrong target=CBAMBlock
# What is wrong: The channel attention adds the average-pool path to itself (x1 + x1); the max-pool path is computed and dropped.
import torch
import torch.nn as nn


class Channel_Attention(nn.Module):
    def __init__(self, channel, ratio=4):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.max_pool = nn.AdaptiveMaxPool2d(1)
        self.mlp = nn.Sequential(
            nn.Linear(channel, channel // ratio, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(channel // ratio, channel, bias=False)
        )
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        b, c = x.shape[:2]
        x1 = self.mlp(self.avg_pool(x).view(b, c))
        x2 = self.mlp(self.max_pool(x).view(b, c))  # found: R155
        feats = self.sigmoid(x1 + x1).view(b, c, 1, 1)  # expect
        return x * feats


class Spatial_Attention(nn.Module):
    def __init__(self, kernel_size=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        x1 = torch.mean(x, dim=1, keepdim=True)
        x2, _ = torch.max(x, dim=1, keepdim=True)
        feats = self.sigmoid(self.conv(torch.cat([x1, x2], dim=1)))
        return x * feats


class CBAMBlock(nn.Module):
    def __init__(self, channel=32, ratio=4, kernel_size=7):
        super().__init__()
        self.conv1 = nn.Conv2d(channel, channel, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channel)
        self.conv2 = nn.Conv2d(channel, channel, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channel)
        self.relu = nn.ReLU()
        self.ca = Channel_Attention(channel, ratio)
        self.sa = Spatial_Attention(kernel_size)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = self.sa(self.ca(out))
        return self.relu(out + x)
