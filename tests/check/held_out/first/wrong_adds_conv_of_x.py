# residua-test: wrong target=WrongAddsConvOfX
from torch import nn
from torch.nn import functional as F


class WrongAddsConvOfX(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.a(x)))
        y = self.bn2(self.b(x))  # expect: R103
        return F.relu(y + x)
