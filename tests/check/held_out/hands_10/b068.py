# residua-test: wrong target=MBConvNet
# What is wrong: momentum=0.99 is Keras's convention; in PyTorch it means the running statistics are replaced to 99% by the last batch, so eval depends on the last training batch.
import torch
import torch.nn as nn
import torch.nn.functional as F


BN_MOMENTUM = 0.99  # expect: R180
BN_EPS = 1e-3


def bn(c):
    return nn.BatchNorm2d(c, momentum=BN_MOMENTUM, eps=BN_EPS)


class SqueezeExcite(nn.Module):
    def __init__(self, c, se_c):
        super().__init__()
        self.reduce = nn.Conv2d(c, se_c, 1)
        self.expand = nn.Conv2d(se_c, c, 1)

    def forward(self, x):
        s = F.adaptive_avg_pool2d(x, 1)
        s = self.expand(F.silu(self.reduce(s)))
        return torch.sigmoid(s) * x


class MBConv(nn.Module):
    def __init__(self, cin, cout, k=3, stride=1, expand=6, se_ratio=0.25):
        super().__init__()
        mid = cin * expand
        self.expand_conv = nn.Sequential(nn.Conv2d(cin, mid, 1, bias=False), bn(mid), nn.SiLU())
        self.depthwise = nn.Sequential(nn.Conv2d(mid, mid, k, stride, k // 2, groups=mid, bias=False), bn(mid), nn.SiLU())
        self.se = SqueezeExcite(mid, max(1, int(cin * se_ratio)))
        self.project = nn.Sequential(nn.Conv2d(mid, cout, 1, bias=False), bn(cout))
        self.id_skip = stride == 1 and cin == cout

    def forward(self, inputs):
        x = self.expand_conv(inputs)
        x = self.depthwise(x)
        x = self.se(x)
        x = self.project(x)
        if self.id_skip:
            x = x + inputs
        return x


class MBConvNet(nn.Module):
    # mini efficientnet for 32x32 images, values taken from the keras model
    def __init__(self, n_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 1, 1, bias=False), bn(32), nn.SiLU())
        self.blocks = nn.Sequential(
            MBConv(32, 16, expand=1),
            MBConv(16, 24, stride=2), MBConv(24, 24),
            MBConv(24, 40, k=5, stride=2), MBConv(40, 40, k=5),
        )
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(40, n_classes)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        x = x.mean((2, 3))
        return self.fc(self.drop(x))
