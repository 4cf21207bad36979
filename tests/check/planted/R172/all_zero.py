# residua-test: wrong target=Z
import torch.nn as nn
import torch.nn.functional as F


class Z(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c1 = nn.Conv2d(c, c, 3, padding=1)
        self.c2 = nn.Conv2d(c, c, 3, padding=1)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.constant_(m.weight, 0)  # expect: R172
                nn.init.constant_(m.bias, 0)  # expect

    def forward(self, x):
        return x + self.c2(F.relu(self.c1(x)))
