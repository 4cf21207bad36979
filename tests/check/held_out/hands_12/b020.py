# residua-test: wrong target=MBConv
# What is wrong: the tensor returned by _drop_connect is thrown away, so drop connect never acts
import torch
import torch.nn as nn


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


class SqueezeExcitation(nn.Module):

    def __init__(self, inplanes, se_planes):
        super(SqueezeExcitation, self).__init__()
        self.reduce_expand = nn.Sequential(
            nn.Conv2d(inplanes, se_planes, kernel_size=1),
            Swish(),
            nn.Conv2d(se_planes, inplanes, kernel_size=1),
            nn.Sigmoid()
        )

    def forward(self, x):
        x_se = torch.mean(x, dim=(-2, -1), keepdim=True)
        return self.reduce_expand(x_se) * x


class MBConv(nn.Module):
    def __init__(self, inplanes, planes, expand_rate, kernel_size, stride, drop_connect_rate=0.2, se_rate=0.25):
        super(MBConv, self).__init__()

        expand_planes = inplanes * expand_rate
        se_planes = max(1, int(inplanes * se_rate))

        self.expansion_conv = None
        if expand_rate > 1:
            self.expansion_conv = nn.Sequential(
                nn.Conv2d(inplanes, expand_planes, kernel_size=1, bias=False),
                nn.BatchNorm2d(expand_planes, momentum=0.01, eps=1e-3),
                Swish()
            )

        self.depthwise_conv = nn.Sequential(
            nn.Conv2d(expand_planes, expand_planes, kernel_size, stride=stride,
                      padding=kernel_size // 2, groups=expand_planes, bias=False),
            nn.BatchNorm2d(expand_planes, momentum=0.01, eps=1e-3),
            Swish()
        )
        self.squeeze_excitation = SqueezeExcitation(expand_planes, se_planes)
        self.project_conv = nn.Sequential(
            nn.Conv2d(expand_planes, planes, kernel_size=1, bias=False),
            nn.BatchNorm2d(planes, momentum=0.01, eps=1e-3),
        )

        self.with_skip = stride == 1 and inplanes == planes
        self.drop_connect_rate = drop_connect_rate

    def _drop_connect(self, x):
        keep_prob = 1.0 - self.drop_connect_rate
        drop_mask = torch.rand(x.shape[0], 1, 1, 1, device=x.device, dtype=x.dtype) + keep_prob
        drop_mask.floor_()
        return drop_mask * x / keep_prob

    def forward(self, x):
        z = x
        if self.expansion_conv is not None:
            x = self.expansion_conv(x)
        x = self.depthwise_conv(x)
        x = self.squeeze_excitation(x)
        x = self.project_conv(x)

        # Add identity skip
        if self.with_skip:
            if self.training and self.drop_connect_rate > 0:
                self._drop_connect(x)  # expect: R155
            x = x + z
        return x
