# residua-test: right target=ImpalaEncoder
# Why it is right: IMPALA blocks have no normalisation and no activation after the sum; the ReLU comes first in the branch and after the last block.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ImpalaResidual(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.c1 = nn.Conv2d(depth, depth, 3, padding=1)
        self.c2 = nn.Conv2d(depth, depth, 3, padding=1)

    def forward(self, x):
        y = F.relu(x)
        y = self.c1(y)
        y = F.relu(y)
        y = self.c2(y)
        return y + x


def impala_stage(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1),
        nn.MaxPool2d(3, stride=2, padding=1),
        ImpalaResidual(cout),
        ImpalaResidual(cout),
    )


class ImpalaEncoder(nn.Module):
    def __init__(self, depths=(16, 32, 32), features=256):
        super().__init__()
        chans = (3,) + tuple(depths)
        self.stages = nn.Sequential(*(impala_stage(a, b) for a, b in zip(chans, chans[1:])))
        self.out = nn.Linear(depths[-1] * 8 * 8, features)

    def forward(self, obs):
        h = F.relu(self.stages(obs - 0.5))
        return F.relu(self.out(torch.flatten(h, 1)))
