# residua-test: right target=ShakeShake style='pre-activation basic'
import torch
import torch.nn as nn


class ShakeShake(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        def branch():
            return nn.Sequential(nn.ReLU(), nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
                                 nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.b1, self.b2 = branch(), branch()
        self.skip = nn.Sequential() if cin == cout and stride == 1 else nn.Sequential(nn.ReLU(), nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        a = torch.rand(x.shape[0], 1, 1, 1) if self.training else 0.5
        return self.skip(x) + a * self.b1(x) + (1 - a) * self.b2(x)
