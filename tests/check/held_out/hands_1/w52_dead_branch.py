# residua-test: wrong target=TwoBranch
# What is wrong: second convolution's result is never used
import torch.nn as nn
import torch.nn.functional as F
class TwoBranch(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False); self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False); self.bn2 = nn.BatchNorm2d(channels)
    def forward(self, x):
        a = F.relu(self.bn1(self.conv1(x)))
        b = self.bn2(self.conv2(a))  # expect: R155
        return F.relu(a + x)  # expect
