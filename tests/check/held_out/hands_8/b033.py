# residua-test: wrong target=SampleDropBlock
# What is wrong: the survival probability is corrected twice: the branch is divided by it in training and also multiplied by it in evaluation, so training and evaluation disagree
import torch
import torch.nn as nn
import torch.nn.functional as F


class SampleDropBlock(nn.Module):
    """Basic block with sample-wise stochastic depth.

    survival_prob: probability that the residual function of a sample is kept
    """

    def __init__(self, in_planes, planes, stride=1, survival_prob=0.8):
        super().__init__()
        self.survival_prob = survival_prob
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride, bias=False),
                nn.BatchNorm2d(planes),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.training:
            keep = torch.rand(x.size(0), 1, 1, 1, device=x.device) < self.survival_prob
            out = out * keep.to(out.dtype) / self.survival_prob  # expect: R170
        else:
            out = out * self.survival_prob
        return F.relu(out + self.shortcut(x))
