# residua-test: wrong target=ResNeXtBlock
# What is wrong: every cardinality path calls paths[0]; the other paths are dead
import torch
import torch.nn as nn
import torch.nn.functional as F


def path(cin, d, cout, stride):
    return nn.Sequential(
        nn.Conv2d(cin, d, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU(),
        nn.Conv2d(d, d, 3, stride, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU(),
        nn.Conv2d(d, cout, 1, bias=False), nn.BatchNorm2d(cout))


class ResNeXtBlock(nn.Module):
    """Aggregated transformations, written as in figure 3(a) of the paper."""

    def __init__(self, in_ch, out_ch, cardinality=8, d=4, stride=1):
        super().__init__()
        self.paths = nn.ModuleList([path(in_ch, d, out_ch, stride) for _ in range(cardinality)])  # expect
        self.skip = nn.Identity()
        if in_ch != out_ch or stride != 1:
            self.skip = nn.Sequential(nn.Conv2d(in_ch, out_ch, 1, stride, bias=False), nn.BatchNorm2d(out_ch))

    def forward(self, x):
        agg = torch.stack([self.paths[0](x) for _ in self.paths]).sum(0)  # expect: R121
        return F.relu(agg + self.skip(x))
