# residua-test: right target=ResNet9 style=network
import torch.nn as nn
import torch.nn.functional as F


class ConvBlock(nn.Module):
    def __init__(self, cin, cout, pool=False):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout)
        self.pool = nn.MaxPool2d(2) if pool else nn.Identity()

    def forward(self, x):
        return self.pool(F.relu(self.bn(self.conv(x))))


class ResNet9(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1, self.conv2 = ConvBlock(in_channels, 16), ConvBlock(16, 32, pool=True)
        self.res1 = nn.Sequential(ConvBlock(32, 32), ConvBlock(32, 32))
        self.conv3, self.conv4 = ConvBlock(32, 64, pool=True), ConvBlock(64, 64, pool=True)
        self.res2 = nn.Sequential(ConvBlock(64, 64), ConvBlock(64, 64))
        self.classifier = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(64, num_classes))

    def forward(self, x):
        x = self.conv2(self.conv1(x))
        x = self.res1(x) + x
        x = self.conv4(self.conv3(x))
        x = self.res2(x) + x
        return self.classifier(x)
