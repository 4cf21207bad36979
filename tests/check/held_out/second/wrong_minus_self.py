# residua-test: wrong target=WrongMinusSelf
import torch.nn as nn
import torch.nn.functional as F


class WrongMinusSelf(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(nf, nf, 3, padding=1), nn.Conv2d(nf, nf, 3, padding=1)

    def forward(self, x):
        return F.relu(self.c2(F.relu(self.c1(x))) - x)  # expect: R152
