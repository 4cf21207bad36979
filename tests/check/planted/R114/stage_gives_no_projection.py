# residua-test: wrong target=SmallNet
import torch.nn as nn


class Wide(nn.Module):
    growth = 2

    def __init__(self, c_in, width, stride=1, shortcut=None):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width * self.growth, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width * self.growth)
        self.relu = nn.ReLU()
        self.shortcut = shortcut

    def forward(self, x):
        kept = x if self.shortcut is None else self.shortcut(x)
        h = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(h + kept)


class SmallNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.channels = 16
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.stages = nn.Sequential(self.stage(16, 2, 1), self.stage(32, 2, 2), self.stage(64, 2, 2))
        self.fc = nn.Linear(64 * Wide.growth, num_classes)

    def stage(self, width, count, stride):
        shortcut = None
        if stride != 1 or width != self.channels:  # expect: R114
            shortcut = nn.Sequential(
                nn.Conv2d(self.channels, width * Wide.growth, 1, stride, bias=False),
                nn.BatchNorm2d(width * Wide.growth),
            )
        blocks = [Wide(self.channels, width, stride, shortcut)]
        self.channels = width * Wide.growth
        blocks += [Wide(self.channels, width) for _ in range(count - 1)]
        return nn.Sequential(*blocks)

    def forward(self, x):
        return self.fc(self.stages(self.stem(x)).mean((2, 3)))
