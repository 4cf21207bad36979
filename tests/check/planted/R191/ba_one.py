# residua-test: wrong target=SE
import torch
import torch.nn as nn
import torch.nn.functional as F


class SE(nn.Module):
    def __init__(self, channels=64, r=4):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.fc1 = nn.Linear(channels, channels // r)
        self.fc2 = nn.Linear(channels // r, channels)

    def forward(self, x):
        y = self.conv(x)
        w = F.adaptive_avg_pool2d(y, 1).view(1, 64)  # expect: R191
        w = torch.sigmoid(self.fc2(F.relu(self.fc1(w)))).view(1, 64, 1, 1)
        return F.relu(x + y * w)
