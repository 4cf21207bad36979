# residua-test: wrong target=Res
import torch.nn as nn


class Res(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(ch, ch, 3, padding=1), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1)])

    def forward(self, x):
        return x + self.layers(x)  # expect: R161
