# residua-test: wrong target=TweakedUnit
# What is wrong: the shortcut's average pool rounds down and the strided convolution rounds up: odd sides give different sizes
import torch.nn as nn


class TweakedUnit(nn.Module):
    """Bottleneck with the stride on the 3x3 convolution and a pooled shortcut."""

    def __init__(self, source, target, stride=1, ratio=4):
        super().__init__()
        inner = target // ratio
        self.block = nn.Sequential(
            nn.Conv2d(source, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace=True),
            nn.Conv2d(inner, target, 1, bias=False),
            nn.BatchNorm2d(target),
        )
        steps = []
        if stride > 1:
            steps.append(nn.AvgPool2d(stride, stride))  # expect: R148
        if stride > 1 or source != target:
            steps += [nn.Conv2d(source, target, 1, bias=False), nn.BatchNorm2d(target)]
        self.shortcut = nn.Sequential(*steps)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.block(x) + self.shortcut(x))
