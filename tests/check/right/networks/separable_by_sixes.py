# residua-test: right target=ThumbnailNet
import torch.nn as nn
import torch.nn.functional as F


def separable(cin, cout, stride):
    """Counts as one layer: a depthwise filter, and the 1×1 behind it."""
    depthwise = nn.Conv2d(cin, cin, 3, stride, 1, groups=cin, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(cin, cout, 1, bias=False))


class PreActivated(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout)
        self.conv1 = separable(cin, cout, stride)
        self.conv2 = separable(cout, cout, 1)
        self.match = nn.Conv2d(cin, cout, 1, stride, bias=False) if stride > 1 or cin != cout else None

    def forward(self, x):
        a = F.relu(self.bn1(x))
        skip = x if self.match is None else self.match(a)
        return self.conv2(F.relu(self.bn2(self.conv1(a)))) + skip


class ThumbnailNet(nn.Module):
    def __init__(self, layers=38, width=16, num_classes=10):
        super().__init__()
        count = (layers - 2) // 6
        self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.group1 = self.group(count, width, width, 1)
        self.group2 = self.group(count, width, 2 * width, 2)
        self.group3 = self.group(count, 2 * width, 4 * width, 2)
        self.bn = nn.BatchNorm2d(4 * width)
        self.fc = nn.Linear(4 * width, num_classes)

    def group(self, count, cin, cout, stride):
        first = PreActivated(cin, cout, stride)
        return nn.Sequential(first, *[PreActivated(cout, cout, 1) for _ in range(count - 1)])

    def forward(self, x):
        x = self.group3(self.group2(self.group1(self.conv(x))))
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))
