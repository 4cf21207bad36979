# residua-test: right target=ResidualBlock
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, in_planes=64, planes=96, norm_fn='group', stride=1):
        super(ResidualBlock, self).__init__()

        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1)
        self.relu = nn.ReLU(inplace=True)

        def make_norm():
            if norm_fn == 'group':
                return nn.GroupNorm(num_groups=planes // 8, num_channels=planes)
            elif norm_fn == 'batch':
                return nn.BatchNorm2d(planes)
            elif norm_fn == 'instance':
                return nn.InstanceNorm2d(planes)
            elif norm_fn == 'none':
                return nn.Sequential()
            raise NotImplementedError(norm_fn)

        self.norm1 = make_norm()
        self.norm2 = make_norm()

        if stride == 1 and in_planes == planes:
            self.downsample = None
        else:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride), make_norm())

    def forward(self, x):
        y = x
        y = self.relu(self.norm1(self.conv1(y)))
        y = self.relu(self.norm2(self.conv2(y)))  # found: R106

        if self.downsample is not None:
            x = self.downsample(x)

        return self.relu(x + y)
