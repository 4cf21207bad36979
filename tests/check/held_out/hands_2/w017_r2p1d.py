# residua-test: wrong target=R2Plus1dBlock
# What is wrong: temporal convolution (3,1,1) is padded (0,1,1) instead of (1,0,0), so the clip shape changes and the add crashes
import torch.nn as nn


def conv2plus1d(cin, cmid, cout):
    return nn.Sequential(
        nn.Conv3d(cin, cmid, (1, 3, 3), padding=(0, 1, 1), bias=False),
        nn.BatchNorm3d(cmid),
        nn.ReLU(inplace=True),
        nn.Conv3d(cmid, cout, (3, 1, 1), padding=(0, 1, 1), bias=False),  # expect: R129
        nn.BatchNorm3d(cout),
    )


class R2Plus1dBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = conv2plus1d(in_channels, out_channels, out_channels)
        self.conv2 = conv2plus1d(out_channels, out_channels, out_channels)
        self.relu = nn.ReLU()
        self.match = nn.Identity()
        if in_channels != out_channels:
            self.match = nn.Sequential(nn.Conv3d(in_channels, out_channels, 1, bias=False), nn.BatchNorm3d(out_channels))

    def forward(self, clip):
        out = self.conv2(self.relu(self.conv1(clip)))
        return self.relu(out + self.match(clip))  # expect
