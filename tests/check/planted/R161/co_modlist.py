# residua-test: wrong target=Res
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(ch, ch, 3, padding=1), nn.Conv2d(ch, ch, 3, padding=1))  # expect: R161

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = F.relu(layer(y))
        return x + y
