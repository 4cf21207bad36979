# residua-test: wrong target=SegNetLite
# What is wrong: init_weights sets the BatchNorm weight to 1 and then, by a copy-paste slip, to 0 (meant: bias), so every normalised map is zero and the net is dead
"""Small dilated segmentation net; ASPP-like head."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def init_weights(module):
    for m in module.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            if m.bias is not None:
                nn.init.constant_(m.bias, 0)
        elif isinstance(m, nn.BatchNorm2d):
            nn.init.constant_(m.weight, 1)
            if m.bias is not None:
                nn.init.constant_(m.weight, 0)  # expect: R181


class ConvBnReLU(nn.Sequential):
    def __init__(self, in_ch, out_ch, kernel_size, stride, padding, dilation, relu=True):
        super().__init__()
        self.add_module("conv", nn.Conv2d(in_ch, out_ch, kernel_size, stride, padding, dilation, bias=False))
        self.add_module("bn", nn.BatchNorm2d(out_ch))
        if relu:
            self.add_module("relu", nn.ReLU())


class Bottleneck(nn.Module):
    def __init__(self, in_ch, out_ch, stride, dilation, downsample):
        super().__init__()
        mid = out_ch // 4
        self.reduce = ConvBnReLU(in_ch, mid, 1, stride, 0, 1)
        self.conv3x3 = ConvBnReLU(mid, mid, 3, 1, dilation, dilation)
        self.increase = ConvBnReLU(mid, out_ch, 1, 1, 0, 1, relu=False)
        self.shortcut = ConvBnReLU(in_ch, out_ch, 1, stride, 0, 1, relu=False) if downsample else nn.Identity()

    def forward(self, x):
        return F.relu(self.increase(self.conv3x3(self.reduce(x))) + self.shortcut(x))


class SegNetLite(nn.Module):
    def __init__(self, n_classes=21, ch=32):
        super().__init__()
        self.stem = ConvBnReLU(3, ch, 7, 2, 3, 1)
        self.layer1 = Bottleneck(ch, 4 * ch, 1, 1, True)
        self.layer2 = Bottleneck(4 * ch, 4 * ch, 1, 1, False)
        self.layer3 = Bottleneck(4 * ch, 8 * ch, 2, 1, True)
        self.layer4 = Bottleneck(8 * ch, 8 * ch, 1, 2, False)
        self.aspp = nn.ModuleList([nn.Conv2d(8 * ch, n_classes, 3, padding=d, dilation=d) for d in (6, 12)])
        init_weights(self)

    def forward(self, x):
        h = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x)))))
        logits = sum(conv(h) for conv in self.aspp)
        return F.interpolate(logits, size=x.shape[-2:], mode="bilinear", align_corners=False)
