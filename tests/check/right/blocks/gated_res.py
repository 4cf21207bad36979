# residua-test: right target=GatedRes style='pre-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedRes(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv, self.out = nn.Conv2d(nf, nf, 3, padding=1), nn.Conv2d(nf, 2 * nf, 3, padding=1)

    def forward(self, x):
        a, b = self.out(F.elu(self.conv(F.elu(x)))).chunk(2, 1)
        return x + a * torch.sigmoid(b)
