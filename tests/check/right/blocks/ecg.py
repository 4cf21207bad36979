# residua-test: right target=ECG style='post-activation basic'
import torch.nn as nn
import torch.nn.functional as F


class ECG(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv1d(in_channels, out_channels, 7, stride, 3, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm1d(out_channels), nn.BatchNorm1d(out_channels)
        self.conv2 = nn.Conv1d(out_channels, out_channels, 7, 1, 3, bias=False)
        self.dp = nn.Dropout(0.2)
        self.shortcut = nn.Identity() if in_channels == out_channels and stride == 1 else nn.Sequential(nn.Conv1d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm1d(out_channels))

    def forward(self, x):
        y = self.dp(F.relu(self.bn1(self.conv1(x))))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))
