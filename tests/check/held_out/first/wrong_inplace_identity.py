# residua-test: wrong target=WrongInplaceIdentity
from torch import nn
from torch.nn import functional as F


class WrongInplaceIdentity(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.c1, self.c2 = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        identity = x
        x += 1  # expect: R108
        y = self.c1(F.relu(self.bn1(x)))
        y = self.c2(F.relu(self.bn2(y)))
        return y + identity
