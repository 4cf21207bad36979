# residua-test: wrong target=MBConv args='in_channels=16, out_channels=16'
# What is wrong: 0.99 is the Keras convention for batch norm momentum; PyTorch's momentum is the weight of the new batch (0.01 here), so the running statistics are just the last batch.
# port of a Keras EfficientNet block
import torch
from torch import nn

GLOBAL_PARAMS = dict(
    bn_momentum=0.99,  # expect: R180
    bn_eps=1e-3,
    se_ratio=0.25,
    expand_ratio=4,
)


def norm(ch):
    return nn.BatchNorm2d(ch, momentum=GLOBAL_PARAMS['bn_momentum'], eps=GLOBAL_PARAMS['bn_eps'])


class MBConv(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1):
        super().__init__()
        mid = in_channels * GLOBAL_PARAMS['expand_ratio']
        squeezed = max(1, int(in_channels * GLOBAL_PARAMS['se_ratio']))
        self.has_skip = stride == 1 and in_channels == out_channels
        self.expand = nn.Sequential(nn.Conv2d(in_channels, mid, 1, bias=False), norm(mid), nn.SiLU())
        self.depthwise = nn.Sequential(
            nn.Conv2d(mid, mid, kernel_size, stride, kernel_size // 2, groups=mid, bias=False), norm(mid), nn.SiLU())
        self.se = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(mid, squeezed, 1), nn.SiLU(),
            nn.Conv2d(squeezed, mid, 1), nn.Sigmoid())
        self.project = nn.Sequential(nn.Conv2d(mid, out_channels, 1, bias=False), norm(out_channels))

    def forward(self, inputs):
        x = self.depthwise(self.expand(inputs))
        x = self.project(self.se(x) * x)
        return x + inputs if self.has_skip else x
