# residua-test: wrong target=WrongItem
import torch
import torch.nn.functional as F
from torch import nn


class WrongItem(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a = nn.Conv2d(channels, channels, 3, padding=1)
        self.b = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.a(x))
        h = torch.from_numpy(h.detach().numpy())  # expect: R127
        return x + self.b(h)
