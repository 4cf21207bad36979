# residua-test: right target=ExtResNetBlock
from torch import nn


class ExtResNetBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv3d(cin, cout, 3, padding=1, bias=False), nn.GroupNorm(8, cout), nn.ELU())
        self.conv2 = nn.Sequential(nn.Conv3d(cout, cout, 3, padding=1, bias=False), nn.GroupNorm(8, cout), nn.ELU())
        self.conv3 = nn.Sequential(nn.Conv3d(cout, cout, 3, padding=1, bias=False), nn.GroupNorm(8, cout))
        self.act = nn.ELU()
    def forward(self, x):
        out = self.conv1(x)
        residual = out
        out = self.conv2(out)
        out = self.conv3(out)
        return self.act(out + residual)
