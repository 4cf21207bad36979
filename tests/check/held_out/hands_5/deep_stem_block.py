# residua-test: wrong target=AvgDownBlock args=in_ch=64,out_ch=128,stride=2
# What is wrong: The shortcut pools with AvgPool2d(2) and no ceil_mode, so with an odd input size it is one pixel smaller than the padded 3x3 stride-2 branch and the addition crashes
import torch
import torch.nn as nn


class AvgDownBlock(nn.Module):
    """ResNet-D basic block: the shortcut downsamples by average pooling, then a 1x1."""

    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_ch),
            nn.ReLU(),
            nn.Conv2d(out_ch, out_ch, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_ch),
        )
        layers = []
        if stride != 1:
            layers.append(nn.AvgPool2d(kernel_size=2, stride=stride))  # expect: R148
        if stride != 1 or in_ch != out_ch:
            layers += [nn.Conv2d(in_ch, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch)]
        self.shortcut = nn.Sequential(*layers)

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
