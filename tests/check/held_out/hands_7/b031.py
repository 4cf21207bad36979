# residua-test: wrong target=AlphaNet
# What is wrong: Every BatchNorm weight is set to zero, the stem's and the inner ones too (meant is each block's last only): the trunk outputs zeros and its convolutions get no gradient.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, s):
        x = F.relu(self.bn1(self.conv1(s)))
        x = self.bn2(self.conv2(x))
        return F.relu(x + s)


class AlphaNet(nn.Module):
    """policy and value for connect-four: planes (B, 3, 6, 7)"""

    def __init__(self, planes=3, c=32, blocks=4, rows=6, cols=7):
        super().__init__()
        self.conv = nn.Conv2d(planes, c, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(c)
        self.res = nn.Sequential(*[ResBlock(c) for _ in range(blocks)])
        self.pconv = nn.Conv2d(c, 2, 1)
        self.pfc = nn.Linear(2 * rows * cols, cols)
        self.vconv = nn.Conv2d(c, 1, 1)
        self.vfc1 = nn.Linear(rows * cols, 32)
        self.vfc2 = nn.Linear(32, 1)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, nn.BatchNorm2d):
                # residual branches start as identity (large-batch recipe)
                nn.init.zeros_(m.weight)  # expect: R181
                nn.init.zeros_(m.bias)

    def forward(self, s):
        x = F.relu(self.bn(self.conv(s)))
        x = self.res(x)
        p = self.pfc(F.relu(self.pconv(x)).flatten(1))
        v = F.relu(self.vfc1(F.relu(self.vconv(x)).flatten(1)))
        return F.log_softmax(p, dim=1), torch.tanh(self.vfc2(v))
