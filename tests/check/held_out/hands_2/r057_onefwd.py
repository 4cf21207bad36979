# residua-test: right target=MnistResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class MnistResNet(nn.Module):
    def __init__(self, n_class=10):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 16, 3, padding=1)
        self.c1a = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.b1a = nn.BatchNorm2d(16)
        self.c1b = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.b1b = nn.BatchNorm2d(16)
        self.c2a = nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False)
        self.b2a = nn.BatchNorm2d(32)
        self.c2b = nn.Conv2d(32, 32, 3, padding=1, bias=False)
        self.b2b = nn.BatchNorm2d(32)
        self.c2s = nn.Conv2d(16, 32, 1, stride=2, bias=False)
        self.b2s = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32, n_class)

    def forward(self, x):
        x = F.relu(self.conv0(x))
        # first block, identity skip
        h = F.relu(self.b1a(self.c1a(x)))
        h = self.b1b(self.c1b(h))
        x = F.relu(x + h)
        # second block, projected skip
        h = F.relu(self.b2a(self.c2a(x)))
        h = self.b2b(self.c2b(h))
        x = F.relu(self.b2s(self.c2s(x)) + h)
        x = x.mean(dim=[2, 3])
        return self.fc(x)
