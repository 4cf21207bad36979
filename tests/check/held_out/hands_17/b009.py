# residua-test: wrong target=CellNet
# What is wrong: the crop halves the difference of the sides with // and takes the same amount off both ends: for a difference of one nothing is cut and cat fails
import torch
from torch import nn


def fit(skip, like):
    """Cuts the skip map to the size of the other one."""
    dh = (skip.shape[2] - like.shape[2]) // 2
    dw = (skip.shape[3] - like.shape[3]) // 2
    return skip[:, :, dh : skip.shape[2] - dh, dw : skip.shape[3] - dw]  # expect: R148


class CellUnit(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.widen = nn.Conv2d(cin, cout, 1)
        self.f = nn.Sequential(
            nn.GroupNorm(4, cout), nn.ReLU(), nn.Conv2d(cout, cout, 3, padding=1),
            nn.GroupNorm(4, cout), nn.ReLU(), nn.Conv2d(cout, cout, 3, padding=1),
        )

    def forward(self, x):
        x = self.widen(x)
        return x + self.f(x)


class CellNet(nn.Module):
    def __init__(self, channels=1, width=8, classes=2):
        super().__init__()
        self.e1, self.e2, self.e3 = CellUnit(channels, width), CellUnit(width, 2 * width), CellUnit(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        self.u2 = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.u1 = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.d2, self.d1 = CellUnit(4 * width, 2 * width), CellUnit(2 * width, width)
        self.out = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        s1 = self.e1(x)
        s2 = self.e2(self.pool(s1))
        h = self.u2(self.e3(self.pool(s2)))
        h = self.d2(torch.cat([fit(s2, h), h], dim=1))
        h = self.u1(h)
        h = self.d1(torch.cat([fit(s1, h), h], dim=1))
        return self.out(h)
