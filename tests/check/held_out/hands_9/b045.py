# residua-test: wrong target=EffNetTiny
# What is wrong: MBConv only uses its skip when `skip` is passed as True, the default is False and the network never passes it, so no block has a residual connection
import torch
import torch.nn as nn


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


def conv_bn_act(in_, out_, kernel_size, stride=1, groups=1, act=True):
    layers = [
        nn.Conv2d(in_, out_, kernel_size, stride, padding=kernel_size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out_, eps=1e-3, momentum=0.01),
    ]
    if act:
        layers.append(Swish())
    return nn.Sequential(*layers)


class SEModule(nn.Module):
    def __init__(self, in_, squeeze_ch):
        super().__init__()
        self.se = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_, squeeze_ch, 1),
            Swish(),
            nn.Conv2d(squeeze_ch, in_, 1),
        )

    def forward(self, x):
        return x * torch.sigmoid(self.se(x))


class MBConv(nn.Module):
    def __init__(self, in_, out_, expand, kernel_size, stride, se_ratio=0.25, skip=False):
        super().__init__()
        mid_ = in_ * expand
        self.expand_conv = conv_bn_act(in_, mid_, 1) if expand != 1 else nn.Identity()
        self.depth_wise_conv = conv_bn_act(mid_, mid_, kernel_size, stride, groups=mid_)
        self.se = SEModule(mid_, max(1, int(in_ * se_ratio)))
        self.project_conv = conv_bn_act(mid_, out_, 1, act=False)
        # skip only where the shapes allow it
        self.skip = skip and stride == 1 and in_ == out_

    def forward(self, inputs):
        x = self.expand_conv(inputs)
        x = self.depth_wise_conv(x)
        x = self.se(x)
        x = self.project_conv(x)
        if self.skip:
            x = x + inputs
        return x


class EffNetTiny(nn.Module):
    # expand, channels, repeats, stride, kernel
    cfg = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
    ]

    def __init__(self, num_classes=100):
        super().__init__()
        self.stem = conv_bn_act(3, 32, 3, stride=2)
        blocks = []
        in_ = 32
        for expand, out_, repeats, stride, k in self.cfg:
            for i in range(repeats):
                blocks.append(MBConv(in_, out_, expand, k, stride if i == 0 else 1))  # expect: R151
                in_ = out_
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(
            conv_bn_act(in_, 320, 1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(320, num_classes),
        )

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
