# residua-test: wrong target=WrongMeanOverBatch
import torch
import torch.nn.functional as F
from torch import nn


class WrongMeanOverBatch(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        h = self.conv(F.relu(x))
        w = torch.sigmoid(self.fc(h.mean(dim=(0, 2, 3))))  # expect: R147
        return x + h * w[None, :, None, None]
