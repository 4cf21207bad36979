# residua-test: wrong target=WrongDetachedSkipBranch
from torch import nn
from torch.nn import functional as F


class WrongDetachedSkipBranch(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1), nn.Conv2d(nf, nf, 3, 1, 1)

    def forward(self, x):
        out = self.conv2(F.relu(self.conv1(x)))
        return x + out.detach()  # expect: R127
