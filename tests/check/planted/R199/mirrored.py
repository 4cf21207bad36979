# residua-test: wrong target=M_Flip
from torch import nn


class M_Flip(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1))
    def forward(self, x):
        return self.body(x) + x.flip(3)  # expect: R199
