# residua-test: wrong target=MiniResNet
# What is wrong: the classifier ignores the expansion: fc expects 128 features but the bottleneck variant delivers 512
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, cin, mid, stride, kind):
        super().__init__()
        if kind == "basic":
            cout = mid
            convs = [(cin, mid, 3, stride), (mid, cout, 3, 1)]
        else:
            cout = 4 * mid
            convs = [(cin, mid, 1, 1), (mid, mid, 3, stride), (mid, cout, 1, 1)]
        layers = []
        for i, o, k, s in convs:
            layers += [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]
        self.f = nn.Sequential(*layers[:-1])
        self.s = nn.Identity()
        if cin != cout or stride != 1:
            self.s = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.f(x) + self.s(x))


class MiniResNet(nn.Module):
    def __init__(self, block="bottleneck", num_classes=10):
        super().__init__()
        exp = 1 if block == "basic" else 4
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 1, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        blocks, c = [], 32
        for mid, stride in ((32, 1), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1)):
            blocks.append(Block(c, mid, stride, block))
            c = mid * exp
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(128, num_classes)  # expect: R154

    def forward(self, x):
        x = self.pool(self.blocks(self.stem(x)))
        return self.fc(torch.flatten(x, 1))  # expect
