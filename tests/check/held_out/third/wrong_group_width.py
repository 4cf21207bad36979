# residua-test: wrong target=WrongGroupWidth
import torch.nn.functional as F
from torch import nn


class WrongGroupWidth(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv1d(in_channels, out_channels, 9, padding=3)  # expect: R129
        self.conv2 = nn.Conv1d(out_channels, out_channels, 9, padding=4)
        self.skip = nn.Conv1d(in_channels, out_channels, 1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.skip(x))
