# residua-test: wrong target=TinyResNet
# What is wrong: view(-1, 128) after a 2x2 pooling folds positions into the batch: 4 rows of logits per image, channels and positions mixed
import torch.nn as nn
import torch.nn.functional as F


class RB(nn.Module):
    def __init__(self, a, b, s):
        super().__init__()
        self.c1, self.n1 = nn.Conv2d(a, b, 3, s, 1, bias=False), nn.BatchNorm2d(b)
        self.c2, self.n2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.sc = nn.Sequential(nn.Conv2d(a, b, 1, s, bias=False), nn.BatchNorm2d(b)) if s > 1 or a != b else None

    def forward(self, x):
        y = self.n2(self.c2(F.relu(self.n1(self.c1(x)))))
        r = x if self.sc is None else self.sc(x)
        return F.relu(y + r)


class TinyResNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.conv0 = nn.Conv2d(3, 32, 3, 1, 1, bias=False)
        self.bn0 = nn.BatchNorm2d(32)
        self.blocks = nn.Sequential(RB(32, 32, 1), RB(32, 64, 2), RB(64, 128, 2))
        self.pool = nn.AdaptiveAvgPool2d(2)  # expect
        self.fc = nn.Linear(128, n_classes)  # expect

    def forward(self, x):
        x = F.relu(self.bn0(self.conv0(x)))
        x = self.blocks(x)
        x = self.pool(x)  # expect
        x = x.view(-1, 128)  # expect: R133
        return self.fc(x)
