# residua-test: wrong target=GeneratorBlock
# What is wrong: the conditional gain is zero-initialised but used without "1 +": both norms give zero, relu(0) passes no gradient and the residual branch never starts to learn.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConditionalBatchNorm2d(nn.Module):
    def __init__(self, num_features, num_classes):
        super().__init__()
        self.bn = nn.BatchNorm2d(num_features, affine=False)
        self.gain = nn.Embedding(num_classes, num_features)
        self.bias = nn.Embedding(num_classes, num_features)
        nn.init.zeros_(self.gain.weight)  # expect: R172
        nn.init.zeros_(self.bias.weight)

    def forward(self, x, y):
        g = self.gain(y)[:, :, None, None]
        b = self.bias(y)[:, :, None, None]
        return g * self.bn(x) + b


class GeneratorBlock(nn.Module):
    def __init__(self, in_ch, out_ch, num_classes, upsample=True):
        super().__init__()
        self.upsample = upsample
        self.cbn1 = ConditionalBatchNorm2d(in_ch, num_classes)
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.cbn2 = ConditionalBatchNorm2d(out_ch, num_classes)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.conv_sc = nn.Conv2d(in_ch, out_ch, 1)

    def _up(self, x):
        return F.interpolate(x, scale_factor=2) if self.upsample else x

    def forward(self, x, y):
        h = self._up(F.relu(self.cbn1(x, y)))
        h = self.conv1(h)
        h = self.conv2(F.relu(self.cbn2(h, y)))
        return h + self.conv_sc(self._up(x))
