# residua-test: wrong target=D_GateFromResidual
from torch import nn


class D_GateFromResidual(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.ReLU(), nn.Conv2d(ch, ch, 3, padding=1))
        self.fc = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(ch, ch // 8, 1), nn.ReLU(), nn.Conv2d(ch // 8, ch, 1), nn.Sigmoid())
    def forward(self, x):
        out = self.body(x)
        return out + x * self.fc(out)  # expect: R152
