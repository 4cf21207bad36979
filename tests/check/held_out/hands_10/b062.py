# residua-test: wrong target=SKUnit
# What is wrong: The softmax runs over the channels (dim 2 of the stacked B x M x C logits) and not over the M branches (dim 1), so the branch weights of a channel don't sum to one.
import torch
from torch import nn


class SKConv(nn.Module):
    def __init__(self, features, M=2, G=8, r=16, L=32):
        """ Selective kernel convolution: M branches with growing dilation,
        fused by a soft attention across the branches.
        """
        super(SKConv, self).__init__()
        d = max(features // r, L)
        self.convs = nn.ModuleList([])
        for i in range(M):
            self.convs.append(nn.Sequential(
                nn.Conv2d(features, features, kernel_size=3, padding=1 + i, dilation=1 + i, groups=G, bias=False),
                nn.BatchNorm2d(features),
                nn.ReLU(inplace=True)
            ))
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(features, d)
        self.fcs = nn.ModuleList([nn.Linear(d, features) for _ in range(M)])
        self.softmax = nn.Softmax(dim=2)

    def forward(self, x):
        feats = torch.stack([conv(x) for conv in self.convs], dim=1)     # B M C H W
        U = feats.sum(dim=1)
        s = self.gap(U).flatten(1)
        z = self.fc(s)
        attention = torch.stack([fc(z) for fc in self.fcs], dim=1)       # B M C
        attention = self.softmax(attention)[..., None, None]  # expect: R165
        return (feats * attention).sum(dim=1)


class SKUnit(nn.Module):
    def __init__(self, in_features, out_features, stride=1):
        super(SKUnit, self).__init__()
        mid = out_features // 2
        self.feas = nn.Sequential(
            nn.Conv2d(in_features, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.ReLU(inplace=True),
            SKConv(mid),
            nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
            nn.Conv2d(mid, out_features, 1, bias=False), nn.BatchNorm2d(out_features)
        )
        if in_features == out_features and stride == 1:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                nn.Conv2d(in_features, out_features, 1, bias=False),
                nn.BatchNorm2d(out_features)
            )
        self.relu = nn.ReLU()

    def forward(self, x):
        fea = self.feas(x)
        return self.relu(fea + self.shortcut(x))
