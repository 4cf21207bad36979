# residua-test: wrong target=ResNet34
# What is wrong: return nn.Sequential(*layers) is indented into the for loop of make_layer, so every stage ends after its second block whatever num_blocks says.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super(ResBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.need_proj = stride != 1 or in_channels != out_channels
        if self.need_proj:
            self.proj = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)

    def forward(self, x):
        shortcut = self.proj(x) if self.need_proj else x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + shortcut)


class ResNet34(nn.Module):
    """
    ResNet34: stages of 3, 4, 6, 3 blocks
    """
    def __init__(self, num_classes=4):
        super(ResNet34, self).__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

        self.layer1 = self.make_layer(64, 64, 3, 1)  # found: R140
        self.layer2 = self.make_layer(64, 128, 4, 2)
        self.layer3 = self.make_layer(128, 256, 6, 2)
        self.layer4 = self.make_layer(256, 512, 3, 2)

        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, num_classes)

    def make_layer(self, in_channels, out_channels, num_blocks, stride):
        layers = [ResBlock(in_channels, out_channels, stride)]
        for i in range(num_blocks - 1):
            layers.append(ResBlock(out_channels, out_channels))
            return nn.Sequential(*layers)  # expect

    def forward(self, x):
        x = self.pool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)
