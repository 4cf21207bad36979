# residua-test: wrong target=Res
import torch.nn as nn
import torch.nn.functional as F


class Res(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(ch, ch, 3, padding=1),
            F.relu,  # expect: R161
            nn.Conv2d(ch, ch, 3, padding=1),
        )

    def forward(self, x):
        return x + self.body(x)
