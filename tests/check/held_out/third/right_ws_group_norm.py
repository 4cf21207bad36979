# residua-test: right target=RightWSGroupNorm
import torch.nn.functional as F
from torch import nn


class RightWSGroupNorm(nn.Module):
    def __init__(self, cin, cout=None, stride=1):
        super().__init__()
        cout = cout or cin
        self.gn1, self.gn2 = nn.GroupNorm(32, cin), nn.GroupNorm(32, cout)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        if stride != 1 or cin != cout:
            self.downsample = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.gn1(x))
        residual = x
        if hasattr(self, "downsample"):
            residual = self.downsample(out)
        return self.conv2(F.relu(self.gn2(self.conv1(out)))) + residual
