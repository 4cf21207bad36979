# residua-test: wrong target=MyResNet
# What is wrong: in_channels is set to channels instead of channels * block.expansion after the first block, so with the bottleneck block the second block of a stage gets the wrong width and the network fails
import torch
import torch.nn as nn

CONFIG = {
    18: ('basic', [2, 2, 2, 2]),
    34: ('basic', [3, 4, 6, 3]),
    50: ('bottleneck', [3, 4, 6, 3]),
    101: ('bottleneck', [3, 4, 23, 3]),
}


class Basic(nn.Module):
    expansion = 1

    def __init__(self, in_channels, channels, stride=1, identity_downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.identity_downsample = identity_downsample

    def forward(self, x):
        identity = x if self.identity_downsample is None else self.identity_downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        return self.relu(x + identity)


class Bottle(nn.Module):
    expansion = 4

    def __init__(self, in_channels, channels, stride=1, identity_downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, channels * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels * self.expansion)
        self.relu = nn.ReLU()
        self.identity_downsample = identity_downsample

    def forward(self, x):
        identity = x if self.identity_downsample is None else self.identity_downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))
        return self.relu(x + identity)


class MyResNet(nn.Module):
    def __init__(self, num_layers=18, image_channels=3, num_classes=10):
        super().__init__()
        kind, layers = CONFIG[num_layers]
        self.block = Basic if kind == 'basic' else Bottle
        self.in_channels = 64
        self.conv1 = nn.Conv2d(image_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)

        self.layer1 = self._make_layer(layers[0], 64, 1)
        self.layer2 = self._make_layer(layers[1], 128, 2)
        self.layer3 = self._make_layer(layers[2], 256, 2)
        self.layer4 = self._make_layer(layers[3], 512, 2)

        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * self.block.expansion, num_classes)

    def _make_layer(self, num_residual_blocks, channels, stride):
        identity_downsample = None
        out_channels = channels * self.block.expansion
        if stride != 1 or self.in_channels != out_channels:
            identity_downsample = nn.Sequential(
                nn.Conv2d(self.in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        layers = [self.block(self.in_channels, channels, stride, identity_downsample)]
        self.in_channels = channels  # expect: R154
        for i in range(num_residual_blocks - 1):
            layers.append(self.block(self.in_channels, channels))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = self.avgpool(x)
        x = x.reshape(x.shape[0], -1)
        return self.fc(x)
