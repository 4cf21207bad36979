# residua-test: wrong target=ShakeBlock
# What is wrong: both terms of the shake-shake mix use the first branch; branch2 is dead
import torch
import torch.nn as nn
import torch.nn.functional as F


class ShakeBlock(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.branch1 = self._make_branch(in_ch, out_ch, stride)
        self.branch2 = self._make_branch(in_ch, out_ch, stride)  # expect: R126
        self.shortcut = nn.Sequential()
        if stride != 1 or in_ch != out_ch:
            self.shortcut = nn.Sequential(nn.Conv2d(in_ch, out_ch, 1, stride, bias=False), nn.BatchNorm2d(out_ch))

    @staticmethod
    def _make_branch(i, o, s):
        return nn.Sequential(
            nn.ReLU(), nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o),
            nn.ReLU(), nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        if self.training:
            alpha = torch.rand(x.size(0), 1, 1, 1, device=x.device)
        else:
            alpha = 0.5
        h1 = self.branch1(x)
        h = alpha * h1 + (1 - alpha) * h1  # expect
        return h + self.shortcut(x)
