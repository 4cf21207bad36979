# residua-test: wrong target=Block right=blocks/train_then_freeze
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.drop = nn.Dropout(0.1)

    def train(self, mode=True):
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()  # expect: R187
        return super().train(mode)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(self.drop(out))))
