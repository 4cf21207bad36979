# residua-test: wrong target=MBBlock
# What is wrong: the stochastic-depth mask is neither divided by the keep probability in training nor is the branch scaled in eval: the expected output differs between train and eval
import torch
from torch import nn


class BranchDrop(nn.Module):
    """Drops whole branches per sample, expectation-preserving."""

    def __init__(self, keep_prob):
        super().__init__()
        self.keep_prob = keep_prob

    def forward(self, x):
        if not self.training:
            return x
        keep_mask = (torch.rand(x.size(0), 1, 1, 1, device=x.device) < self.keep_prob).to(x.dtype)
        return x * keep_mask  # expect: R170


class MBBlock(nn.Module):
    def __init__(self, c, expand=4, keep_prob=0.8):
        super().__init__()
        e = c * expand
        self.layers = nn.Sequential(
            nn.Conv2d(c, e, 1, bias=False), nn.BatchNorm2d(e), nn.SiLU(),
            nn.Conv2d(e, e, 3, padding=1, groups=e, bias=False), nn.BatchNorm2d(e), nn.SiLU(),
            nn.Conv2d(e, c, 1, bias=False), nn.BatchNorm2d(c))
        self.drop = BranchDrop(keep_prob)

    def forward(self, x):
        return x + self.drop(self.layers(x))  # expect
