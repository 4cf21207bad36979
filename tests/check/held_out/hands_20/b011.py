# residua-test: right target=StochasticResNet
# Why it is right: Stochastic depth as in its paper: a block is dropped for the whole batch while training, with no rescaling, and scaled by its survival probability at test time.
import torch
import torch.nn as nn
import torch.nn.functional as F


class SDBlock(nn.Module):
    def __init__(self, ch, survival):
        super().__init__()
        self.survival = survival
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(ch)
        self.conv2 = nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(ch)

    def branch(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))

    def forward(self, x):
        if self.training:
            if torch.rand(()) > self.survival:
                return x
            return F.relu(x + self.branch(x))
        return F.relu(x + self.survival * self.branch(x))


class StochasticResNet(nn.Module):
    def __init__(self, depth=6, ch=16, last_survival=0.5, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, ch, 3, padding=1)
        self.blocks = nn.ModuleList()
        for i in range(1, depth + 1):
            self.blocks.append(SDBlock(ch, 1.0 - i / depth * (1.0 - last_survival)))
        self.fc = nn.Linear(ch, num_classes)

    def forward(self, x):
        x = F.relu(self.stem(x))
        for blk in self.blocks:
            x = blk(x)
        return self.fc(x.mean((-2, -1)))
