# residua-test: wrong target=ReZeroResNet
# What is wrong: alpha (initialised to 0) multiplies the shortcut instead of the residual branch: the skip is switched off at the start, the opposite of ReZero.
import torch
import torch.nn as nn
import torch.nn.functional as F


class RZBlock(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1, rezero=True):
        super().__init__()
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_ch)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_ch)
        self.shortcut = nn.Identity()
        if stride != 1 or in_ch != out_ch:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_ch, out_ch, 1, stride, bias=False),
                nn.BatchNorm2d(out_ch),
            )
        self.rezero = rezero
        if rezero:
            self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.rezero:
            out = out + self.alpha * self.shortcut(x)  # expect: R152
        else:
            out = out + self.shortcut(x)
        return F.relu(out)


class ReZeroResNet(nn.Module):
    """rezero=True: residual branches start at zero (Bachlechner et al. 2020)"""

    def __init__(self, n=2, num_classes=10, rezero=True):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        cfg = [(16, 16, 1), (16, 32, 2), (32, 64, 2)]
        blocks = []
        for i, o, s in cfg:
            blocks += [RZBlock(i, o, s, rezero)] + [RZBlock(o, o, 1, rezero) for _ in range(n - 1)]
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        y = self.blocks(self.stem(x))
        return self.fc(F.adaptive_avg_pool2d(y, 1).flatten(1))
