# residua-test: wrong target=WrongNoPad3d
from torch import nn
from torch.nn import functional as F


class WrongNoPad3d(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv3d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv3d(out_channels, out_channels, 3)  # expect: R129
        self.bn = nn.InstanceNorm3d(out_channels)
        self.skip = nn.Conv3d(in_channels, out_channels, 1)

    def forward(self, x):
        return F.relu(self.skip(x) + self.bn(self.conv2(F.relu(self.conv1(x)))))
