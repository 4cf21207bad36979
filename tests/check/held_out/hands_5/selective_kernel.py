# residua-test: wrong target=SKUnit
# What is wrong: The gate logits are stacked as (branch, batch, channel, 1, 1) and softmax over dim 1 normalises over the batch instead of over the branches
import torch
import torch.nn as nn


class SKUnit(nn.Module):
    """Selective-kernel unit: soft choice between 3x3 and 5x5, with a skip."""

    def __init__(self, channel=64, kernels=(3, 5), reduction=8):
        super().__init__()
        d = max(channel // reduction, 16)
        self.convs = nn.ModuleList([
            nn.Sequential(
                nn.Conv2d(channel, channel, k, padding=k // 2, bias=False),
                nn.BatchNorm2d(channel),
                nn.ReLU(),
            ) for k in kernels
        ])
        self.fc = nn.Linear(channel, d)
        self.fcs = nn.ModuleList([nn.Linear(d, channel) for _ in kernels])
        self.softmax = nn.Softmax(dim=1)  # expect

    def forward(self, x):
        bs, c, _, _ = x.size()
        feats = torch.stack([conv(x) for conv in self.convs], 0)
        s = feats.sum(0).mean(-1).mean(-1)  # found: R147
        z = torch.relu(self.fc(s))
        logits = torch.stack([fc(z).view(bs, c, 1, 1) for fc in self.fcs], 0)
        weights = self.softmax(logits)  # expect: R165
        out = (weights * feats).sum(0)  # expect
        return out + x
