# residua-test: wrong target=SeparableResBlock
# What is wrong: Keras' momentum=0.99 was copied to PyTorch, where it is the weight of the new batch: the running statistics are just the last batch's (should be 0.01).
import torch.nn as nn
import torch.nn.functional as F

# ported from my Keras model
BN_MOMENTUM = 0.99  # expect: R180
BN_EPS = 1e-3


class SeparableConv2d(nn.Module):
    def __init__(self, cin, cout, k=3):
        super().__init__()
        self.depthwise = nn.Conv2d(cin, cin, k, padding=k // 2, groups=cin, bias=False)
        self.pointwise = nn.Conv2d(cin, cout, 1, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=BN_EPS, momentum=BN_MOMENTUM)

    def forward(self, x):
        return self.bn(self.pointwise(self.depthwise(x)))


class SeparableResBlock(nn.Module):
    """Xception entry flow"""

    def __init__(self, cin, cout, stride=2):
        super().__init__()
        self.sep1 = SeparableConv2d(cin, cout)
        self.sep2 = SeparableConv2d(cout, cout)
        self.pool = nn.MaxPool2d(3, stride, padding=1)
        self.res_conv = nn.Conv2d(cin, cout, 1, stride, bias=False)
        self.res_bn = nn.BatchNorm2d(cout, eps=BN_EPS, momentum=BN_MOMENTUM)

    def forward(self, x):
        y = self.sep1(F.relu(x))
        y = self.sep2(F.relu(y))
        y = self.pool(y)
        return y + self.res_bn(self.res_conv(x))
