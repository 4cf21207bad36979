# residua-test: wrong target=NormStream3
import torch.nn.functional as F
from torch import nn


class NormStream3(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(cin), nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(cout), nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.down = nn.Conv2d(cin, cout, 1, stride, bias=False) if stride != 1 or cin != cout else nn.Identity()
    def forward(self, x):
        x = F.relu(self.bn1(x))  # expect: R198
        out = self.conv1(x)
        out = self.conv2(F.relu(self.bn2(out)))
        return out + self.down(x)
