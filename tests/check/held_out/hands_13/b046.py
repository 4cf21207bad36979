# residua-test: right target=R2Plus1DBlock
import torch
import torch.nn as nn


class SpatioTemporalConv(nn.Sequential):
    """(2+1)D: 1xkxk conv then kx1x1 conv, the middle width keeps the parameter count of a full 3d conv"""

    def __init__(self, cin, cout, k=3, stride=1):
        mid = (cin * cout * k ** 3) // (cin * k * k + k * cout)
        super().__init__(
            nn.Conv3d(cin, mid, (1, k, k), (1, stride, stride), (0, k // 2, k // 2), bias=False),
            nn.BatchNorm3d(mid),
            nn.ReLU(inplace=True),
            nn.Conv3d(mid, cout, (k, 1, 1), (stride, 1, 1), (k // 2, 0, 0), bias=False),
        )


class R2Plus1DBlock(nn.Module):
    def __init__(self, cin: int = 8, cout: int = 16, downsample: bool = True):
        super().__init__()
        s = 2 if downsample else 1
        self.conv1 = SpatioTemporalConv(cin, cout, stride=s)
        self.bn1 = nn.BatchNorm3d(cout)
        self.conv2 = SpatioTemporalConv(cout, cout)
        self.bn2 = nn.BatchNorm3d(cout)
        if downsample or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv3d(cin, cout, 1, stride=s, bias=False), nn.BatchNorm3d(cout))
        else:
            self.shortcut = nn.Identity()

    def forward(self, clip):
        y = torch.relu(self.bn1(self.conv1(clip)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + self.shortcut(clip))
