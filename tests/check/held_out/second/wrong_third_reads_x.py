# residua-test: wrong target=WrongThirdReadsX
import torch.nn as nn
import torch.nn.functional as F


class WrongThirdReadsX(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c1, self.c2, self.c3 = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(3))

    def forward(self, x):
        a = F.relu(self.c1(x))
        b = F.relu(self.c2(a))
        c = self.c3(x)  # expect: R103
        return F.relu(x + c)
