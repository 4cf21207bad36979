# residua-test: right target=BothPreact
import torch.nn.functional as F
from torch import nn


class BothPreact(nn.Module):
    """projects the activated input where the shape changes only"""
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(cin), nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(cout), nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.down = nn.Conv2d(cin, cout, 1, stride, bias=False) if stride != 1 or cin != cout else None
    def forward(self, x):
        pre = F.relu(self.bn1(x))
        short = x if self.down is None else self.down(pre)
        return self.conv2(F.relu(self.bn2(self.conv1(pre)))) + short
