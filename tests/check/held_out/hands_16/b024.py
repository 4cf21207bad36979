# residua-test: wrong target=ResidualUnit
# What is wrong: x += residual changes the ReLU output in place although conv_1 and ReLU saved it for their backward, so backward raises a RuntimeError.
import torch.nn as nn
import torch.nn.functional as F


# implementation of one unit, 3 input channels (image) -> 24
class ResidualUnit(nn.Module):
    def __init__(self):
        super(ResidualUnit, self).__init__()
        self.conv_0 = nn.Conv2d(3, 24, 3, padding=1, bias=False)
        self.bn_0 = nn.BatchNorm2d(24)
        self.conv_1 = nn.Conv2d(24, 24, 3, padding=1, bias=False)
        self.bn_1 = nn.BatchNorm2d(24)

    def forward(self, x):
        x = self.conv_0(x)
        x = self.bn_0(x)
        x = F.relu(x)

        residual = self.conv_1(x)
        residual = self.bn_1(residual)
        x += residual  # expect: R109
        x = F.relu(x)
        return x
