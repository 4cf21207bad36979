# residua-test: wrong target=B
import torch.nn as nn
import torch.nn.functional as F


class B(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.sc = nn.Conv2d(cin, cout, 1, stride, bias=False) if stride != 1 or cin != cout else None

    def forward(self, x):
        h = F.relu(self.bn1(x))
        s = x if self.sc is None else self.sc(h)
        h = self.conv1(h)
        h = F.relu(self.bn1(h))  # expect: R121
        return s + self.conv2(h)
