# residua-test: right target=Restblock
import torch.nn as nn
# Einfacher Restblock mit Abkürzung
class Restblock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.falte1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.falte2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.akt = nn.ReLU(inplace=True)
        self.abk = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.abk = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
    def forward(self, x):
        y = self.akt(self.norm1(self.falte1(x)))
        y = self.norm2(self.falte2(y))
        return self.akt(y + self.abk(x))
