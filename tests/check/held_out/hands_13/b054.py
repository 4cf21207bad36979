# residua-test: wrong target=MyResNet50
# What is wrong: Off by one: every stage has one block too few (2, 3, 5, 2 instead of 3, 4, 6, 3).
import torch
import torch.nn as nn


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, in_ch, mid_ch, stride=1, downsample=None):
        super().__init__()
        out_ch = mid_ch * self.expansion
        self.conv = nn.Sequential(
            nn.Conv2d(in_ch, mid_ch, 1, bias=False), nn.BatchNorm2d(mid_ch), nn.ReLU(inplace=True),
            nn.Conv2d(mid_ch, mid_ch, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(mid_ch),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_ch, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch),
        )
        self.downsample = downsample
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        return self.relu(self.conv(x) + identity)


class MyResNet50(nn.Module):
    """ResNet-50: [3, 4, 6, 3] bottlenecks. `width` to try it on the laptop with less channels."""

    def __init__(self, num_classes=10, width=16):
        super().__init__()
        self.in_ch = width
        self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self.make_layer(width, 3, 1)
        self.layer2 = self.make_layer(width * 2, 4, 2)
        self.layer3 = self.make_layer(width * 4, 6, 2)
        self.layer4 = self.make_layer(width * 8, 3, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width * 8 * Bottleneck.expansion, num_classes)

    def make_layer(self, mid_ch, num_blocks, stride):
        out_ch = mid_ch * Bottleneck.expansion
        downsample = None
        if stride != 1 or self.in_ch != out_ch:
            downsample = nn.Sequential(
                nn.Conv2d(self.in_ch, out_ch, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_ch),
            )
        layers = [Bottleneck(self.in_ch, mid_ch, stride, downsample)]
        self.in_ch = out_ch
        # the rest of the blocks
        for _ in range(1, num_blocks - 1):  # expect: R140
            layers.append(Bottleneck(self.in_ch, mid_ch))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(x)
