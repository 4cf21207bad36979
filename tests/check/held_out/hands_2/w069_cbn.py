# residua-test: wrong target=CondResBlock
# What is wrong: gamma and beta of the conditional norm both start at exactly zero without 1 + gamma: relu(0) has no gradient, so convolutions and embeddings stay dead
import torch
import torch.nn as nn
import torch.nn.functional as F


class CondNorm(nn.Module):
    """Class-conditional batch norm; starts as a plain batch norm."""

    def __init__(self, ch, num_classes):
        super().__init__()
        self.bn = nn.BatchNorm2d(ch, affine=False)
        self.embed = nn.Embedding(num_classes, 2 * ch)
        nn.init.zeros_(self.embed.weight)  # expect: R172

    def forward(self, x, y):
        gamma, beta = self.embed(y).chunk(2, dim=1)
        return gamma[..., None, None] * self.bn(x) + beta[..., None, None]  # expect


class CondResBlock(nn.Module):
    def __init__(self, ch, num_classes=10):
        super().__init__()
        self.cbn1 = CondNorm(ch, num_classes)
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1)
        self.cbn2 = CondNorm(ch, num_classes)
        self.conv2 = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x, y):
        h = self.conv1(F.relu(self.cbn1(x, y)))
        h = self.conv2(F.relu(self.cbn2(h, y)))
        return x + h
