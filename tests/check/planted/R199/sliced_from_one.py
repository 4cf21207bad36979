# residua-test: wrong target=Odd
import torch.nn.functional as F
from torch import nn


class Odd(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.stride, self.pad = stride, cout - cin
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        s = x
        if self.stride != 1 or self.pad:
            s = F.pad(x[:, :, 1::self.stride, 1::self.stride] if self.stride > 1 else x, (0, 0, 0, 0, 0, self.pad))  # expect: R199
        return F.relu(y + s)
