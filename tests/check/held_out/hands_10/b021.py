# residua-test: right target=MultiScaleBottleneck
import torch
from torch import nn


class MultiScaleBottleneck(nn.Module):
    """Bottleneck with hierarchical groups instead of one 3x3.

    s groups of w channels. y_1 = K_1(x_1), y_i = K_i(x_i + y_{i-1}), the last split is
    handed on without conv. In the first block of a stage (stride / new width) there
    are no links between the groups and the last split is average pooled.
    """

    def __init__(self, cin, cout, stride=1, s=4, w=None):
        super().__init__()
        w = w or max(cout // (2 * s), 4)
        self.opening = stride != 1 or cin != cout
        self.reduce = nn.Sequential(nn.Conv2d(cin, s * w, 1, bias=False), nn.BatchNorm2d(s * w), nn.ReLU(inplace=True))
        self.groups = nn.ModuleList(
            nn.Sequential(nn.Conv2d(w, w, 3, stride, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU())
            for _ in range(s - 1))
        self.rest = nn.AvgPool2d(3, stride, 1) if self.opening else nn.Identity()
        self.expand = nn.Sequential(nn.Conv2d(s * w, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.short = nn.Identity()
        if self.opening:
            self.short = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))
        self.s = s

    def forward(self, x):
        parts = self.reduce(x).chunk(self.s, dim=1)
        done = []
        for part, K in zip(parts, self.groups):
            if done and not self.opening:
                part = part + done[-1]
            done.append(K(part))
        done.append(self.rest(parts[-1]))
        return torch.relu(self.expand(torch.cat(done, dim=1)) + self.short(x))
