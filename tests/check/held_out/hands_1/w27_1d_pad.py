# residua-test: wrong target=ECGBlock
# What is wrong: padding = kernel_size - 1 // 2 precedence slip: length grows
import torch.nn as nn
import torch.nn.functional as F

class ECGBlock(nn.Module):
    def __init__(self, channels, kernel_size=7):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.conv2 = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size - 1 // 2)  # expect: R130
        self.bn1 = nn.BatchNorm1d(channels)
        self.bn2 = nn.BatchNorm1d(channels)
    def forward(self, sig):
        o = F.relu(self.bn1(self.conv1(sig)))
        o = self.bn2(self.conv2(o))
        return F.relu(o + sig)  # expect
