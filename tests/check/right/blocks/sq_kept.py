# residua-test: right target=Net
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, channels=32):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        w = F.adaptive_avg_pool2d(x, 1).squeeze()
        w = torch.sigmoid(self.fc(w)).view(x.size(0), -1, 1, 1)
        return x + self.conv(x) * w
