# residua-test: right target=RecurrentRes style='3 residual additions'
import torch.nn as nn


class RecurrentRes(nn.Module):
    def __init__(self, ch_in, ch_out, t=2):
        super().__init__()
        self.t = t
        self.inp = nn.Conv2d(ch_in, ch_out, 1)
        self.conv = nn.Sequential(nn.Conv2d(ch_out, ch_out, 3, padding=1), nn.BatchNorm2d(ch_out), nn.ReLU(inplace=True))

    def forward(self, x):
        x = self.inp(x)
        y = self.conv(x)
        for _ in range(self.t):
            y = self.conv(x + y)
        return x + y
