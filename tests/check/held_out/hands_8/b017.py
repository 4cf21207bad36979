# residua-test: right target=ResidualUnitB
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnitB(nn.Module):
    def __init__(self, n_in=3, n_out=24):
        super(ResidualUnitB, self).__init__()
        self.conv_0 = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.bn_0 = nn.BatchNorm2d(n_out)
        self.conv_1 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn_1 = nn.BatchNorm2d(n_out)

    def forward(self, x):
        # stem, then one residual conv around it
        x = self.conv_0(x)
        x = self.bn_0(x)
        x = F.relu(x, inplace=True)

        identity = x  # found: R198
        x = self.conv_1(x)
        x = self.bn_1(x)
        x += identity
        x = F.relu(x, inplace=True)

        return x
