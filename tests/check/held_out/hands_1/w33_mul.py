# residua-test: wrong target=MulBlock
# What is wrong: multiplies by x instead of adding
import torch.nn as nn
class MulBlock(nn.Module):
    """ ResNet basic block """
    def __init__(self, in_dim, out_dim, stride=1):
        super().__init__()
        self.left = nn.Sequential(
            nn.Conv2d(in_dim, out_dim, 3, stride, 1, bias=False), nn.BatchNorm2d(out_dim), nn.ReLU(inplace=True),
            nn.Conv2d(out_dim, out_dim, 3, 1, 1, bias=False), nn.BatchNorm2d(out_dim))
        self.shortcut = nn.Sequential()
        if stride != 1 or in_dim != out_dim:
            self.shortcut = nn.Sequential(nn.Conv2d(in_dim, out_dim, 1, stride, bias=False), nn.BatchNorm2d(out_dim))
        self.relu = nn.ReLU(inplace=True)
    def forward(self, x):
        out = self.left(x)
        out = out * self.shortcut(x)  # expect: R102
        return self.relu(out)
