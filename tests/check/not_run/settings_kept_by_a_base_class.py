# reason: has no attribute
import torch.nn as nn


class Base(nn.Module):
    def __init__(self, H):
        super().__init__()
        self.H = H
        self.build()


class Front(Base):
    def build(self):
        H = self.H
        self.conv = nn.Conv2d(H.image_channels, H.width, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class Whole(Base):
    def build(self):
        self.front = Front(self.H)

    def forward(self, x):
        h = self.front(x)
        return h + x.mean()
