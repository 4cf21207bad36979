# residua-test: right target=TwoScaleNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class TwoScaleNet(nn.Module):
    """One network reads the picture whole and at half its size, and the larger answer counts (Chen 2016, MSC)."""

    def __init__(self, width=16, num_classes=5):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), Unit(width), Unit(width)
        )
        self.head = nn.Conv2d(width, num_classes, 1)

    def forward(self, image):
        whole = self.head(self.body(image))
        half = self.head(self.body(F.interpolate(image, scale_factor=0.5, mode="bilinear")))
        return torch.maximum(whole, F.interpolate(half, size=whole.shape[2:], mode="bilinear"))
