# residua-test: right target=SkipInit
import torch
import torch.nn as nn
import torch.nn.functional as F


class SkipInit(nn.Module):
    """Normaliser-free pre-activation unit with a learned scalar that starts at 0."""

    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.conv_a = nn.Conv2d(nin, nout, 3, stride, 1)
        self.conv_b = nn.Conv2d(nout, nout, 3, 1, 1)
        self.alpha = nn.Parameter(torch.zeros(1))
        self.short = nn.Conv2d(nin, nout, 1, stride) if stride != 1 or nin != nout else nn.Identity()
        for conv in (self.conv_a, self.conv_b):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)

    def forward(self, x):
        y = self.conv_b(F.relu(self.conv_a(F.relu(x))))
        return self.short(x) + self.alpha * y
