# residua-test: wrong target=SKResBlock
# What is wrong: the softmax of the selective kernel runs over the channels (dim=2) instead of over the two branches (dim=1)
import torch
from torch import nn


class SKResBlock(nn.Module):
    """Selective-kernel residual block with M branches; weights of the branches sum to one per channel."""

    def __init__(self, features, M=2, r=4):
        super().__init__()
        self.M, self.features = M, features
        self.branches = nn.ModuleList()
        for i in range(M):
            self.branches.append(nn.Sequential(
                nn.Conv2d(features, features, 3, padding=1 + i, dilation=1 + i, bias=False),
                nn.BatchNorm2d(features), nn.ReLU()))
        d = max(features // r, 4)
        self.fc = nn.Sequential(nn.Linear(features, d), nn.ReLU())
        self.select = nn.Linear(d, M * features)
        self.out = nn.Sequential(nn.Conv2d(features, features, 1, bias=False), nn.BatchNorm2d(features))

    def forward(self, x):
        feats = torch.stack([b(x) for b in self.branches], dim=1)      # B, M, C, H, W
        s = feats.sum(1).mean((2, 3))
        logits = self.select(self.fc(s)).view(-1, self.M, self.features)
        w = torch.softmax(logits, dim=2)  # expect: R165
        v = (feats * w[..., None, None]).sum(1)  # expect
        return torch.relu(x + self.out(v))
