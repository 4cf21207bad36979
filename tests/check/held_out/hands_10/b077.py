# residua-test: wrong target=BirdsVsPlanes
# What is wrong: depth * [BirdBlock(...)] repeats one object, so all residual blocks share one set of weights and batch-norm statistics.
import torch
import torch.nn as nn
import torch.nn.functional as F

# homework: go deep with skip connections (100 layers!)


class BirdBlock(nn.Module):
    def __init__(self, chans):
        super().__init__()
        self.conv = nn.Conv2d(chans, chans, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(chans)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity='relu')
        nn.init.constant_(self.norm.weight, 0.5)
        nn.init.zeros_(self.norm.bias)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x))) + x


class BirdsVsPlanes(nn.Module):
    def __init__(self, chans=32, depth=10):
        super().__init__()
        self.chans = chans
        self.first = nn.Conv2d(3, chans, 3, padding=1)
        blocks = depth * [BirdBlock(chans)]  # expect: R122
        self.blocks = nn.Sequential(*blocks)
        self.lin1 = nn.Linear(8 * 8 * chans, 32)
        self.lin2 = nn.Linear(32, 2)

    def forward(self, imgs):
        out = F.max_pool2d(torch.relu(self.first(imgs)), 2)
        out = F.max_pool2d(self.blocks(out), 2)
        out = out.view(-1, 8 * 8 * self.chans)
        return self.lin2(torch.relu(self.lin1(out)))
