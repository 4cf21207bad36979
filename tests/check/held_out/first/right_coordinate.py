# residua-test: right target=RightCoordinate
from torch import nn
from torch.nn import functional as F


class RightCoordinate(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.body = nn.Sequential(nn.Conv3d(inplanes, planes, (1, 3, 3), (1, stride, stride), (0, 1, 1)), nn.GroupNorm(8, planes), nn.ReLU(),
                                  nn.Conv3d(planes, planes, (3, 1, 1), padding=(1, 0, 0)), nn.GroupNorm(8, planes))
        self.short = nn.Sequential() if inplanes == planes and stride == 1 else nn.Conv3d(inplanes, planes, 1, (1, stride, stride))

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))
