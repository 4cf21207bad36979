# residua-test: wrong target=SharedConv
# What is wrong: the same conv is used twice (conv1 applied twice; conv2 never)
import torch.nn as nn
import torch.nn.functional as F

class SharedConv(nn.Module):
    def __init__(self, n_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(n_channels, n_channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_channels)
        self.conv2 = nn.Conv2d(n_channels, n_channels, 3, padding=1, bias=False)  # expect
        self.bn2 = nn.BatchNorm2d(n_channels)
    def forward(self, x):
        t = F.relu(self.bn1(self.conv1(x)))
        t = self.bn2(self.conv1(t))  # expect: R121
        return F.relu(t + x)
