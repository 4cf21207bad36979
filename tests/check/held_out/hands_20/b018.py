# residua-test: wrong target=BottleneckStage
# What is wrong: The zero initialisation hits the norm before the ReLU (bn2) instead of the last one (bn3): the ReLU sits at 0 with gradient 0, conv3 gets zero input, and the branches never learn.
import torch
import torch.nn as nn


class Bottleneck(nn.Module):
    def __init__(self, ch, mid):
        super().__init__()
        self.conv1 = nn.Conv2d(ch, mid, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(mid)
        self.conv2 = nn.Conv2d(mid, mid, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(mid)
        self.conv3 = nn.Conv2d(mid, ch, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(ch)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + x)


class BottleneckStage(nn.Module):
    def __init__(self, channels=64, n=3, zero_init_residual=True):
        super().__init__()
        self.blocks = nn.Sequential(*[Bottleneck(channels, channels // 4) for _ in range(n)])
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, Bottleneck):
                    nn.init.zeros_(m.bn2.weight)  # expect: R181

    def forward(self, x):
        return self.blocks(x)
