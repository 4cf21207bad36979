# residua-test: wrong target=SKUnit
# What is wrong: The branch logits are stacked as (branches, batch, C, 1, 1) but the softmax runs over dim 1, the batch, instead of dim 0, the branches
import torch
from torch import nn


class SKAttention(nn.Module):
    def __init__(self, channel=512, kernels=(1, 3, 5), reduction=16, group=1, L=32):
        super().__init__()
        d = max(L, channel // reduction)
        self.convs = nn.ModuleList([
            nn.Sequential(nn.Conv2d(channel, channel, k, padding=k // 2, groups=group),
                          nn.BatchNorm2d(channel), nn.ReLU())  # found: R119
            for k in kernels])
        self.fc = nn.Linear(channel, d)
        self.fcs = nn.ModuleList([nn.Linear(d, channel) for _ in kernels])
        self.softmax = nn.Softmax(dim=1)  # expect

    def forward(self, x):
        bs, c, _, _ = x.size()
        # split
        feats = torch.stack([conv(x) for conv in self.convs], 0)   # k,bs,c,h,w
        # fuse
        U = feats.sum(0)
        Z = self.fc(U.mean(-1).mean(-1))
        # select
        weights = torch.stack([fc(Z).view(bs, c, 1, 1) for fc in self.fcs], 0)   # k,bs,c,1,1
        weights = self.softmax(weights)  # expect: R165
        return (weights * feats).sum(0)


class SKUnit(nn.Module):  # found: R147
    """ResNeXt-like bottleneck with selective kernels."""

    def __init__(self, in_features: int, mid_features: int, out_features: int, group: int = 1):
        super().__init__()
        self.feas = nn.Sequential(
            nn.Conv2d(in_features, mid_features, 1, bias=False), nn.BatchNorm2d(mid_features), nn.ReLU(),
            SKAttention(mid_features, group=group),
            nn.Conv2d(mid_features, out_features, 1, bias=False), nn.BatchNorm2d(out_features))
        if in_features == out_features:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(nn.Conv2d(in_features, out_features, 1, bias=False),
                                          nn.BatchNorm2d(out_features))

    def forward(self, x):
        return torch.relu(self.feas(x) + self.shortcut(x))
