# residua-test: wrong target=NoFinalRelu
# What is wrong: post-act block without the final relu
import torch.nn as nn
import torch.nn.functional as F
class NoFinalRelu(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False); self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False); self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.ds = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.ds = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
    def forward(self, x):
        h = self.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        out = h + self.ds(x)
        self.relu(out)  # found: R155
        return out  # expect
