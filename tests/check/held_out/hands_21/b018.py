# residua-test: wrong target=CondResBlock
# What is wrong: The embedding is initialised as (gamma about one, beta zero) but split as (beta, gamma): the normalised features start multiplied by zero and shifted by one.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConditionalBN(nn.Module):
    def __init__(self, num_features, num_classes):
        super().__init__()
        self.bn = nn.BatchNorm2d(num_features, affine=False)
        self.embed = nn.Embedding(num_classes, 2 * num_features)
        self.embed.weight.data[:, :num_features].normal_(1.0, 0.02)  # expect
        self.embed.weight.data[:, num_features:].zero_()  # expect

    def forward(self, x, y):
        beta, gamma = self.embed(y).chunk(2, dim=1)  # expect: R207
        return gamma[:, :, None, None] * self.bn(x) + beta[:, :, None, None]


class CondResBlock(nn.Module):
    """Class-conditional generator block; y holds the class indices."""

    def __init__(self, in_channels=32, out_channels=16, num_classes=10):
        super().__init__()
        self.cbn1 = ConditionalBN(in_channels, num_classes)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.cbn2 = ConditionalBN(out_channels, num_classes)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x, y):
        h = F.interpolate(F.relu(self.cbn1(x, y)), scale_factor=2)
        h = self.conv1(h)
        h = self.conv2(F.relu(self.cbn2(h, y)))
        return h + self.conv_skip(F.interpolate(x, scale_factor=2))
