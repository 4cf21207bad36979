# residua-test: wrong target=StochasticDepthBlock
# What is wrong: The shortcut is added only inside the training branch, so in eval mode the block returns the bare branch without the identity
"""Stochastic depth (Huang et al. 2016) for a small audio-spectrogram CNN."""
import torch
import torch.nn as nn


def conv_bn(i, o, k=3, s=1):
    return [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]


class StochasticDepthBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, survival_prob: float = 0.8):
        super().__init__()
        self.survival_prob = survival_prob
        self.net = nn.Sequential(*conv_bn(in_channels, out_channels, 3, stride), nn.ReLU(),
                                 *conv_bn(out_channels, out_channels))
        if stride == 1 and in_channels == out_channels:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(*conv_bn(in_channels, out_channels, 1, stride))
        self.act = nn.ReLU()

    def extra_repr(self):
        return f"survival_prob={self.survival_prob}"

    def forward(self, x):
        identity = self.shortcut(x)

        # whole branch skipped for this mini-batch
        if self.training and torch.rand(1).item() > self.survival_prob:
            return self.act(identity)

        out = self.net(x)
        if self.training:  # expect
            out = out / self.survival_prob
            out = out + identity  # expect
        return self.act(out)  # expect: R102
