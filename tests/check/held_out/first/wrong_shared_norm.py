# residua-test: wrong target=WrongSharedNorm
from torch import nn
from torch.nn import functional as F


class WrongSharedNorm(nn.Module):
    def __init__(self, n_feat):
        super().__init__()
        self.conv_a, self.conv_b = nn.Conv2d(n_feat, n_feat, 3, padding=1), nn.Conv2d(n_feat, n_feat, 3, padding=1)
        self.norm = nn.BatchNorm2d(n_feat)

    def forward(self, x):
        h = F.relu(self.norm(self.conv_a(x)))
        h = self.norm(self.conv_b(h))  # expect: R121
        return F.relu(h + x)
