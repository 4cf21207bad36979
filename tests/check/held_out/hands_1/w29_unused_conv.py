# residua-test: wrong target=Bottle
# What is wrong: conv2 (3x3) defined but conv1's output goes to conv3, 3x3 never used
import torch.nn as nn

class Bottle(nn.Module):
    def __init__(self, cin, cmid, cout, stride=1):
        super().__init__()
        self.reduce = nn.Conv2d(cin, cmid, 1, stride=stride, bias=False)
        self.bn_r = nn.BatchNorm2d(cmid)
        self.spatial = nn.Conv2d(cmid, cmid, 3, padding=1, bias=False)  # expect
        self.bn_s = nn.BatchNorm2d(cmid)
        self.expand = nn.Conv2d(cmid, cout, 1, bias=False)
        self.bn_e = nn.BatchNorm2d(cout)
        self.act = nn.ReLU(inplace=True)
        self.skip = nn.Identity() if cin == cout and stride == 1 else nn.Sequential(
            nn.Conv2d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm2d(cout))
    def forward(self, x):
        a = self.act(self.bn_r(self.reduce(x)))
        b = self.act(self.bn_s(self.spatial(a)))  # expect: R155
        c = self.bn_e(self.expand(a))  # expect
        return self.act(c + self.skip(x))
