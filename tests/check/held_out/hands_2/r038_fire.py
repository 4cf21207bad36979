# residua-test: right target=Fire args=inplanes=32,squeeze_planes=8,expand_planes=16
import torch
import torch.nn as nn


class Fire(nn.Module):
    """SqueezeNet fire module; simple bypass when the sizes agree, complex bypass (1x1) otherwise."""

    def __init__(self, inplanes, squeeze_planes, expand_planes):
        super().__init__()
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, 1)
        self.expand1 = nn.Conv2d(squeeze_planes, expand_planes, 1)
        self.expand3 = nn.Conv2d(squeeze_planes, expand_planes, 3, padding=1)
        self.relu = nn.ReLU()
        outplanes = 2 * expand_planes
        self.bypass = nn.Identity() if inplanes == outplanes else nn.Conv2d(inplanes, outplanes, 1)

    def forward(self, x):
        s = self.relu(self.squeeze(x))
        e = torch.cat([self.expand1(s), self.expand3(s)], dim=1)
        return self.relu(e + self.bypass(x))
