# residua-test: wrong target=ItemNet
# What is wrong: block re-wraps via torch.tensor(...)/numpy: gradient cut on the input of the block branch
import torch
import torch.nn as nn

class ItemNet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm1d(channels)
        self.conv2 = nn.Conv1d(channels, channels, 3, padding=1)
        self.bn2 = nn.BatchNorm1d(channels)
    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = torch.from_numpy(h.detach().numpy())  # expect: R127
        h = self.bn2(self.conv2(h))
        return torch.relu(h + x)
