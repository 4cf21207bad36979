# residua-test: wrong target=WrongConcat1d
import torch
from torch import nn
from torch.nn import functional as F


class WrongConcat1d(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1, self.c2 = nn.Conv1d(dim, dim, 3, padding=1), nn.Conv1d(dim, dim, 3, padding=1)

    def forward(self, x):
        out = self.c2(F.relu(self.c1(x)))
        return torch.cat((x, out), dim=1)  # expect: R153
