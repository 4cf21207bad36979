# residua-test: wrong target=ShuffleRes
# What is wrong: reshape without batch in front mixes samples
import torch.nn as nn
class ShuffleRes(nn.Module):
    def __init__(self, channels, groups=4):
        super().__init__()
        self.g = groups
        self.conv1 = nn.Conv2d(channels, channels, 1, groups=groups, bias=False); self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False); self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
    def forward(self, x):
        b, c, h, w = x.shape
        y = self.relu(self.bn1(self.conv1(x)))
        y = y.reshape(self.g, -1, h, w).transpose(0, 1).reshape(b, c, h, w)  # expect: R147
        y = self.bn2(self.conv2(y))
        return self.relu(x + y)
