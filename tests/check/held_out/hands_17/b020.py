# residua-test: wrong target=WideNet
# What is wrong: every group gets n - 1 units although the first unit is not built apart: depth 28 builds 22 layers
import torch
import torch.nn as nn
import torch.nn.functional as F


class WideUnit(nn.Module):
    def __init__(self, cin, cout, stride, drop):
        super().__init__()
        self.bn_a, self.bn_b = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout)
        self.conv_a = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.conv_b = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.drop = nn.Dropout(drop)
        self.match = None
        if cin != cout or stride != 1:
            self.match = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)

    def forward(self, x):
        pre = F.relu(self.bn_a(x))
        carried = x if self.match is None else self.match(pre)
        y = self.conv_a(pre)
        y = self.conv_b(self.drop(F.relu(self.bn_b(y))))
        return carried + y


class WideNet(nn.Module):
    """WRN-depth-k of Zagoruyko and Komodakis."""

    def __init__(self, depth=28, k=2, drop=0.3, classes=10):
        super().__init__()
        assert (depth - 4) % 6 == 0
        n = (depth - 4) // 6
        self.first = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        groups, cin = [], 16
        for cout, stride in zip((16 * k, 32 * k, 64 * k), (1, 2, 2)):
            for i in range(n - 1):  # expect: R140
                groups.append(WideUnit(cin, cout, stride if i == 0 else 1, drop))
                cin = cout
        self.groups = nn.Sequential(*groups)
        self.last_bn = nn.BatchNorm2d(cin)
        self.out = nn.Linear(cin, classes)

    def forward(self, images):
        h = self.groups(self.first(images))
        h = F.relu(self.last_bn(h))
        return self.out(h.mean(dim=[2, 3]))
