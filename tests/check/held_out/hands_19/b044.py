# residua-test: wrong target=RefineBlock args='features=32'
# What is wrong: the loop rebinds the name x; the outputs of the residual units are thrown away and the fusion reads the raw inputs xs.
from torch import nn
import torch.nn.functional as F


class ResidualConvUnit(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 3, padding=1)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1, bias=False)

    def forward(self, x):
        out = self.conv1(F.relu(x))
        out = self.conv2(F.relu(out))
        return out + x  # found: R155


class MultiResolutionFusion(nn.Module):
    def __init__(self, features, n):
        super().__init__()
        self.resolve = nn.ModuleList([nn.Conv2d(features, features, 3, padding=1, bias=False) for _ in range(n)])

    def forward(self, *xs):
        size = xs[0].shape[-2:]
        out = self.resolve[0](xs[0])
        for conv, x in zip(list(self.resolve)[1:], xs[1:]):
            out = out + F.interpolate(conv(x), size=size, mode='bilinear', align_corners=True)
        return out


class RefineBlock(nn.Module):
    """high-resolution input first, then the coarse one(s)"""

    def __init__(self, features, n_inputs=2):
        super().__init__()
        self.rcus = nn.ModuleList([
            nn.Sequential(ResidualConvUnit(features), ResidualConvUnit(features)) for _ in range(n_inputs)])
        self.mrf = MultiResolutionFusion(features, n_inputs)
        self.output_conv = ResidualConvUnit(features)

    def forward(self, *xs):
        for i, x in enumerate(xs):
            x = self.rcus[i](x)  # expect: R155

        out = self.mrf(*xs)
        return self.output_conv(out)
