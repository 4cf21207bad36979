# residua-test: wrong target=MnistResNetD
# What is wrong: the pooled shortcut rounds down (7 -> 3) while the strided 3x3 convolution rounds up (7 -> 4); ceil_mode is missing, so 28x28 images fail in the last stage
import torch
import torch.nn as nn
import torch.nn.functional as F

CFG = {
    # channels, blocks, stride
    'stage1': (16, 2, 1),
    'stage2': (32, 2, 2),
    'stage3': (64, 2, 2),
    'stage4': (128, 2, 2),
}


class BlockD(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)

        sc = []
        if stride > 1:
            sc.append(nn.AvgPool2d(stride, stride))  # expect: R148
        if cin != cout:
            sc.append(nn.Conv2d(cin, cout, 1, bias=False))
            sc.append(nn.BatchNorm2d(cout))
        self.shortcut = nn.Sequential(*sc)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.shortcut(x))


class MnistResNetD(nn.Module):
    """ResNet-D style net (avg pool in the shortcut) for 28x28 grey images."""

    def __init__(self, n_classes=10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        c = 16
        stages = []
        for name in sorted(CFG):
            width, n, stride = CFG[name]
            for i in range(n):
                stages.append(BlockD(c, width, stride if i == 0 else 1))
                c = width
        self.body = nn.Sequential(*stages)
        self.fc = nn.Linear(c, n_classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        x = x.mean((2, 3))
        return self.fc(x)
