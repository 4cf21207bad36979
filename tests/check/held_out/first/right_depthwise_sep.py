# residua-test: right target=RightDepthwiseSep
from torch import nn


class RightDepthwiseSep(nn.Module):
    def __init__(self, inp, oup):
        super().__init__()
        self.rep = nn.Sequential(
            nn.ReLU(False), nn.Conv2d(inp, inp, 3, padding=1, groups=inp, bias=False), nn.Conv2d(inp, oup, 1, bias=False), nn.BatchNorm2d(oup),
            nn.ReLU(True), nn.Conv2d(oup, oup, 3, padding=1, groups=oup, bias=False), nn.Conv2d(oup, oup, 1, bias=False), nn.BatchNorm2d(oup),
        )
        self.skip = nn.Sequential(nn.Conv2d(inp, oup, 1, bias=False), nn.BatchNorm2d(oup)) if inp != oup else None

    def forward(self, inp):
        x = self.rep(inp)
        x += self.skip(inp) if self.skip is not None else inp
        return x
