# residua-test: wrong target=ChannelMix
# What is wrong: view(-1, C) on NCHW without permute mixes positions/samples
import torch
import torch.nn as nn

class ChannelMix(nn.Module):
    def __init__(self, channels, hidden=None):
        super().__init__()
        hidden = hidden or channels * 2
        self.fc1 = nn.Linear(channels, hidden)
        self.fc2 = nn.Linear(hidden, channels)
        self.norm = nn.BatchNorm2d(channels)
    def forward(self, x):
        b, c, h, w = x.shape
        y = self.norm(x).view(b * h * w, c)  # expect: R164
        y = self.fc2(torch.relu(self.fc1(y)))
        y = y.view(b, c, h, w)
        return x + y
