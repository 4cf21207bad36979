# residua-test: wrong target=TransferNet
# What is wrong: The new classifier is assigned to `fc`, but the backbone's layer is called `classifier`, so it is never used: outputs keep 1000 classes
import torch
import torch.nn as nn


def cbr(i, o, s=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = cbr(c, c)
        self.b = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return torch.relu(self.b(self.a(x)) + x)


class ResNet9(nn.Module):
    """the architecture the checkpoint was trained with (ImageNet, 1000 classes)"""

    def __init__(self, num_classes=1000):
        super().__init__()
        self.features = nn.Sequential(
            cbr(3, 32, 2), cbr(32, 64, 2), Res(64), cbr(64, 128, 2), Res(128), cbr(128, 256, 2), Res(256))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(256, num_classes)

    def forward(self, x):
        x = self.pool(self.features(x)).flatten(1)
        return self.classifier(x)


class TransferNet(nn.Module):
    def __init__(self, num_classes=7, weights=None):
        super().__init__()
        self.backbone = ResNet9()
        if weights is not None:
            self.backbone.load_state_dict(weights)
        # new last layer for our classes
        self.backbone.fc = nn.Linear(256, num_classes)  # expect: R126

    def forward(self, x):
        return self.backbone(x)
