# residua-test: right target=PreBottleneck
import torch.nn as nn


def norm_act(channels):
    return nn.Sequential(nn.BatchNorm2d(channels), nn.SiLU())


class PreBottleneck(nn.Module):
    """RegNetV as timm has it: the shortcut starts behind the first norm and activation."""

    def __init__(self, in_chs, out_chs, stride=1, group_size=16):
        super().__init__()
        self.norm1 = norm_act(in_chs)
        self.conv1 = nn.Conv2d(in_chs, out_chs, 1, bias=False)
        self.norm2 = norm_act(out_chs)
        self.conv2 = nn.Conv2d(out_chs, out_chs, 3, stride, 1, groups=out_chs // group_size, bias=False)
        self.norm3 = norm_act(out_chs)
        self.conv3 = nn.Conv2d(out_chs, out_chs, 1)
        self.downsample = nn.Identity()
        if in_chs != out_chs or stride != 1:
            self.downsample = nn.Conv2d(in_chs, out_chs, 1, stride)

    def forward(self, x):
        x = self.norm1(x)
        shortcut = x
        x = self.conv1(x)
        x = self.conv2(self.norm2(x))
        x = self.conv3(self.norm3(x))
        return x + self.downsample(shortcut)
