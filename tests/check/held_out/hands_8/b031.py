# residua-test: right target=Hourglass
from torch import nn
import torch.nn.functional as F


class Residual(nn.Module):
    def __init__(self, inp_dim, out_dim, k=3, stride=1):
        super(Residual, self).__init__()
        p = (k - 1) // 2
        self.conv1 = nn.Conv2d(inp_dim, out_dim, k, padding=p, stride=stride, bias=False)
        self.bn1 = nn.BatchNorm2d(out_dim)
        self.conv2 = nn.Conv2d(out_dim, out_dim, k, padding=p, bias=False)
        self.bn2 = nn.BatchNorm2d(out_dim)
        self.skip = nn.Sequential(
            nn.Conv2d(inp_dim, out_dim, 1, stride=stride, bias=False),
            nn.BatchNorm2d(out_dim)
        ) if stride != 1 or inp_dim != out_dim else nn.Sequential()

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.skip(x))


class Hourglass(nn.Module):
    def __init__(self, n=3, dims=(16, 24, 24, 32)):
        super(Hourglass, self).__init__()
        self.n = n
        curr_dim, next_dim = dims[0], dims[1]
        self.up1 = Residual(curr_dim, curr_dim)
        self.low1 = Residual(curr_dim, next_dim, stride=2)
        if n > 1:
            self.low2 = Hourglass(n - 1, dims[1:])
        else:
            self.low2 = Residual(next_dim, next_dim)
        self.low3 = Residual(next_dim, curr_dim)
        self.up2 = nn.Upsample(scale_factor=2)

    def forward(self, x):
        up1 = self.up1(x)
        low1 = self.low1(x)
        low2 = self.low2(low1)
        low3 = self.low3(low2)
        up2 = self.up2(low3)
        return up1 + up2  # found: R148
