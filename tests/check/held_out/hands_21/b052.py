# residua-test: wrong target=MobileNetSmall
# What is wrong: The shortcut condition forgets to compare the channel counts, so a stride-1 block that changes the width adds tensors of different channels and crashes.
import torch
import torch.nn as nn


class ConvBNReLU(nn.Sequential):
    def __init__(self, inp, oup, k=3, stride=1, groups=1):
        super().__init__(
            nn.Conv2d(inp, oup, k, stride, (k - 1) // 2, groups=groups, bias=False),
            nn.BatchNorm2d(oup),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio):
        super().__init__()
        hidden = int(round(inp * expand_ratio))
        self.use_shortcut = stride == 1  # expect: R114
        layers = []
        if expand_ratio != 1:
            layers.append(ConvBNReLU(inp, hidden, k=1))
        layers += [
            ConvBNReLU(hidden, hidden, stride=stride, groups=hidden),
            nn.Conv2d(hidden, oup, 1, bias=False),
            nn.BatchNorm2d(oup),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_shortcut else self.conv(x)


class MobileNetSmall(nn.Module):
    # t, c, n, s
    cfg = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 2, 2), (6, 64, 2, 1)]

    def __init__(self, num_classes=10):
        super().__init__()
        feats, inp = [ConvBNReLU(3, 16, stride=2)], 16
        for t, c, n, s in self.cfg:
            for i in range(n):
                feats.append(InvertedResidual(inp, c, s if i == 0 else 1, t))
                inp = c
        self.features = nn.Sequential(*feats)
        self.classifier = nn.Linear(inp, num_classes)

    def forward(self, x):
        x = self.features(x).mean([2, 3])
        return self.classifier(x)
