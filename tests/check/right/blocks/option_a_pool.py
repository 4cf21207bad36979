# residua-test: right target=OptionAPool style='post-activation basic'
import torch
import torch.nn as nn


class OptionAPool(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.pool = nn.AvgPool2d(1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        y, s = self.body(x), self.pool(x)
        if y.shape[1] > s.shape[1]:
            s = torch.cat([s, s.new_zeros(s.shape[0], y.shape[1] - s.shape[1], *s.shape[2:])], 1)
        return torch.relu(y + s)
