# residua-test: wrong target=VideoBlock
# What is wrong: the shortcut strides the time by 2 as well, while the convs stride only height and width, so the sum fails
import torch
from torch import nn


class VideoBlock(nn.Module):
    """(2+1)D residual block for short clips; never strides the frames.

    clip: (N, C, T, H, W)
    """

    def __init__(self, in_ch, out_ch, spatial_stride=1):
        super().__init__()
        s = spatial_stride
        self.spatial = nn.Conv3d(in_ch, out_ch, (1, 3, 3), stride=(1, s, s),
                                 padding=(0, 1, 1), bias=False)
        self.bn_s = nn.BatchNorm3d(out_ch)
        self.temporal = nn.Conv3d(out_ch, out_ch, (3, 1, 1), padding=(1, 0, 0), bias=False)
        self.bn_t = nn.BatchNorm3d(out_ch)
        self.relu = nn.ReLU(inplace=True)
        if s != 1 or in_ch != out_ch:
            self.down = nn.Sequential(
                nn.Conv3d(in_ch, out_ch, kernel_size=1, stride=s, bias=False),  # expect: R110
                nn.BatchNorm3d(out_ch),
            )
        else:
            self.down = None

    def forward(self, clip):
        out = self.relu(self.bn_s(self.spatial(clip)))
        out = self.bn_t(self.temporal(out))
        identity = clip if self.down is None else self.down(clip)
        out += identity
        return self.relu(out)
