# residua-test: wrong target=GatedBranches
# What is wrong: the branch weights are normalised over the batch (softmax dim=0) instead of over the branches
import torch
import torch.nn as nn


class GatedBranches(nn.Module):
    def __init__(self, ch, n_branches=3):
        super().__init__()
        self.branches = nn.ModuleList()
        for k in range(n_branches):
            self.branches.append(nn.Sequential(
                nn.Conv2d(ch, ch, 3, padding=k + 1, dilation=k + 1, bias=False), nn.BatchNorm2d(ch)))
        self.router = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ch, n_branches))
        self.act = nn.ReLU()

    def forward(self, x):
        w = torch.softmax(self.router(x), dim=0)  # expect: R135
        mix = 0
        for i, br in enumerate(self.branches):
            mix = mix + w[:, i].view(-1, 1, 1, 1) * br(x)  # expect
        return self.act(mix + x)
