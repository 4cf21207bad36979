# residua-test: wrong target=LazyProj
# What is wrong: conv created inside forward: untrained random projection each call
import torch.nn as nn
import torch.nn.functional as F

class LazyProj(nn.Module):
    def __init__(self, in_filters, filters, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_filters, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride = stride
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if x.shape != out.shape:
            x = nn.Conv2d(x.shape[1], out.shape[1], 1, self.stride).to(x.device)(x)  # expect: R158
        return F.relu(out + x)
