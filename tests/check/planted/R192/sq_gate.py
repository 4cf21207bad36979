# residua-test: wrong target=Gate
import torch
import torch.nn as nn
import torch.nn.functional as F


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        y = self.bn(self.conv(x))
        w = F.adaptive_avg_pool2d(y, 1).squeeze()  # expect: R192
        w = torch.sigmoid(self.fc(w))
        return F.relu(x + y * torch.einsum("nc->nc", w)[:, :, None, None])
