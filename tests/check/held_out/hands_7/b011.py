# residua-test: wrong target=Darknet53Mini
# What is wrong: ResidualBlock already returns x + f(x); the backbone adds x a second time, so every block gives 2x + f(x) and the signal doubles per block.
import torch
from torch import nn


def conv_bn(in_c, out_c, k=3, s=1, p=1):
    return nn.Sequential(
        nn.Conv2d(in_c, out_c, kernel_size=k, stride=s, padding=p, bias=False),
        nn.BatchNorm2d(out_c),
        nn.LeakyReLU(0.1),
    )


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.layer1 = conv_bn(channels, half, k=1, p=0)
        self.layer2 = conv_bn(half, channels)

    def forward(self, x):
        shortcut = x
        out = self.layer1(x)
        out = self.layer2(out)
        out = out + shortcut
        return out


class Darknet53Mini(nn.Module):
    def __init__(self, num_classes=20, width=16, repeats=(1, 2, 4)):
        super().__init__()
        self.conv1 = conv_bn(3, width)
        self.stages = nn.ModuleList()
        self.downs = nn.ModuleList()
        c = width
        for r in repeats:
            self.downs.append(conv_bn(c, 2 * c, s=2))
            c *= 2
            self.stages.append(nn.ModuleList([ResidualBlock(c) for _ in range(r)]))
        self.global_avg_pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(c, num_classes)

    def forward(self, x):
        x = self.conv1(x)
        for down, blocks in zip(self.downs, self.stages):
            x = down(x)
            for block in blocks:
                x = x + block(x)  # expect: R105
        x = self.global_avg_pool(x).flatten(1)
        return self.fc(x)
