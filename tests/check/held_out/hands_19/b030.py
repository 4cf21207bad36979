# residua-test: wrong target=GenBlock args='in_ch=32, out_ch=16, n_classes=10'
# What is wrong: the embedding is initialised as (scale, shift) but unpacked as (shift, scale), so the scale starts at zero and the shift at one.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConditionalBatchNorm2d(nn.Module):
    def __init__(self, num_features, num_classes):
        super().__init__()
        self.num_features = num_features
        self.bn = nn.BatchNorm2d(num_features, affine=False)
        self.embed = nn.Embedding(num_classes, num_features * 2)
        self.embed.weight.data[:, :num_features].fill_(1.)  # expect
        self.embed.weight.data[:, num_features:].zero_()

    def forward(self, x, y):
        out = self.bn(x)
        beta, gamma = self.embed(y).chunk(2, 1)  # expect: R207
        return gamma.view(-1, self.num_features, 1, 1) * out + beta.view(-1, self.num_features, 1, 1)


def up(x):
    return F.interpolate(x, scale_factor=2)


class GenBlock(nn.Module):
    def __init__(self, in_ch, out_ch, n_classes):
        super().__init__()
        self.b1 = ConditionalBatchNorm2d(in_ch, n_classes)
        self.b2 = ConditionalBatchNorm2d(out_ch, n_classes)
        self.c1 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.c2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.c_sc = nn.Conv2d(in_ch, out_ch, 1)

    def forward(self, x, y):
        h = up(F.relu(self.b1(x, y)))
        h = self.c1(h)
        h = self.c2(F.relu(self.b2(h, y)))
        return h + self.c_sc(up(x))
