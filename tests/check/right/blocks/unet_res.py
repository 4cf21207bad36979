# residua-test: right target=UNetRes style='post-activation basic'
import torch.nn as nn
import torch.nn.functional as F


class UNetRes(nn.Module):
    def __init__(self, in_c, out_c):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(in_c, out_c, 3, padding=1), nn.BatchNorm2d(out_c), nn.ReLU(), nn.Conv2d(out_c, out_c, 3, padding=1), nn.BatchNorm2d(out_c))
        self.skip = nn.Sequential(nn.Conv2d(in_c, out_c, 1), nn.BatchNorm2d(out_c))

    def forward(self, x):
        return F.relu(self.conv(x) + self.skip(x))
