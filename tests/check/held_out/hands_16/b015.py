# residua-test: wrong target=FlowResBlock
# What is wrong: the second convolution reads the block's input x instead of the first one's output, so conv1/norm1 are computed and thrown away.
import torch
from torch import nn


class FlowResBlock(nn.Module):
    def __init__(self, ch, k=3, norm='instance', slope=0.2):
        super().__init__()
        Norm = {'instance': nn.InstanceNorm2d, 'batch': nn.BatchNorm2d}[norm]
        pad = k // 2
        self.res1 = nn.Sequential(nn.Conv2d(ch, ch, k, 1, pad), Norm(ch, affine=True))
        self.res2 = nn.Sequential(nn.Conv2d(ch, ch, k, 1, pad), Norm(ch, affine=True))
        self.lrelu = nn.LeakyReLU(slope)

    def forward(self, x):
        _ = self.lrelu(self.res1(x))
        _ = self.res2(x)  # expect: R103
        _ = self.lrelu(_ + x)
        return _
