# residua-test: wrong target=StagedResNet
# What is wrong: The stages are kept in a plain Python list, so their parameters are not registered (not trained, moved or saved)
import torch
import torch.nn as nn


class StageBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        identity = x if self.down is None else self.down(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + identity)


class StagedResNet(nn.Module):
    """ImageNet classifier whose stages are built from a tuple of widths."""

    def __init__(self, widths=(64, 128, 256, 512), blocks=2, num_classes=1000):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1))
        self.stages = []  # expect: R125
        cin = 64
        for i, w in enumerate(widths):
            stage = [StageBlock(cin, w, 1 if i == 0 else 2)]
            stage += [StageBlock(w, w) for _ in range(blocks - 1)]
            self.stages.append(nn.Sequential(*stage))  # expect
            cin = w
        self.fc = nn.Linear(cin, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:  # expect
            x = stage(x)
        return self.fc(x.mean((2, 3)))
