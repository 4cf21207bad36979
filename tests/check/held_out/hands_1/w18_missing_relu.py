# residua-test: wrong target=TwoConv
# What is wrong: no nonlinearity between the two convs (linear branch)
import torch.nn as nn

class TwoConv(nn.Module):
    def __init__(self, in_planes, out_planes, stride=1):
        super().__init__()
        self.branch = nn.Sequential(  # expect
            nn.Conv2d(in_planes, out_planes, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_planes),
            nn.Conv2d(out_planes, out_planes, 3, 1, 1, bias=False),  # expect: R156
            nn.BatchNorm2d(out_planes),
        )
        self.match = nn.Sequential(nn.Conv2d(in_planes, out_planes, 1, stride, bias=False), nn.BatchNorm2d(out_planes)) \
            if (stride != 1 or in_planes != out_planes) else nn.Identity()
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        return self.relu(self.branch(x) + self.match(x))
