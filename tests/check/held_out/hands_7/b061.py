# residua-test: wrong target=FlowerNet
# What is wrong: The third convolution of the bottleneck is an nn.Conv3d; it fails on the 4-D feature maps (a 2-D block).
import torch
import torch.nn as nn

# flowers, 64x64 colour photos, 5 classes

class Bneck(nn.Module):
    def __init__(self, c_in, c_mid, stride=1):
        super().__init__()
        c_out = c_mid * 4
        self.reduce = nn.Conv2d(c_in, c_mid, kernel_size=1, bias=False)
        self.reduce_bn = nn.BatchNorm2d(c_mid)
        self.spatial = nn.Conv2d(c_mid, c_mid, kernel_size=3, stride=stride, padding=1, bias=False)
        self.spatial_bn = nn.BatchNorm2d(c_mid)
        self.expand = nn.Conv3d(c_mid, c_out, kernel_size=1, bias=False)  # expect: R161
        self.expand_bn = nn.BatchNorm2d(c_out)
        self.relu = nn.ReLU()
        self.match = None
        if stride != 1 or c_in != c_out:
            self.match = nn.Sequential(nn.Conv2d(c_in, c_out, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        skip = x
        x = self.relu(self.reduce_bn(self.reduce(x)))
        x = self.relu(self.spatial_bn(self.spatial(x)))
        x = self.expand_bn(self.expand(x))
        if self.match is not None:
            skip = self.match(skip)
        return self.relu(x + skip)


class FlowerNet(nn.Module):
    def __init__(self, n_classes=5, start=16):
        super().__init__()
        self.begin = nn.Sequential(nn.Conv2d(3, start, kernel_size=5, stride=2, padding=2, bias=False), nn.BatchNorm2d(start), nn.ReLU())
        self.s1 = nn.Sequential(Bneck(start, start), Bneck(start * 4, start))
        self.s2 = nn.Sequential(Bneck(start * 4, start * 2, stride=2), Bneck(start * 8, start * 2))
        self.s3 = nn.Sequential(Bneck(start * 8, start * 4, stride=2), Bneck(start * 16, start * 4))
        self.end = nn.Linear(start * 16, n_classes)

    def forward(self, x):
        x = self.begin(x)
        x = self.s3(self.s2(self.s1(x)))
        return self.end(x.mean([2, 3]))
