# residua-test: wrong target=PoolShift
import torch.nn.functional as F
from torch import nn


class PoolShift(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.down = nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d(cin, cout, 1), nn.BatchNorm2d(cout)) if stride > 1 or cin != cout else None
        self.pool = nn.MaxPool2d(5, stride, 0) 
        self.stride = stride
    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.down is None: return F.relu(y + x)
        s = self.down(F.pad(x, (4, 0, 4, 0))[:, :, :x.size(2), :x.size(3)])  # expect: R199
        return F.relu(y + s)
