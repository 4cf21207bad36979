# residua-test: wrong target=CondResBlock
# What is wrong: The input is kept in x_orig but never added, so the residual block has no residual connection.
import torch
import torch.nn as nn


class CondResBlock(nn.Module):
    """Class conditional residual block of an energy based model; the label
    gives a scale and a shift for the hidden features."""

    def __init__(self, filters=32, num_classes=10, downsample=True):
        super().__init__()
        self.downsample = downsample
        self.conv1 = nn.Conv2d(filters, filters, 3, padding=1)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.embed = nn.Embedding(num_classes, 2 * filters)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.act = nn.SiLU()
        if downsample:
            self.pool = nn.AvgPool2d(3, stride=2, padding=1)
            self.conv_out = nn.Conv2d(filters, 2 * filters, 3, padding=1)

    def forward(self, x, y):
        gain, bias = self.embed(y)[:, :, None, None].chunk(2, dim=1)
        x_orig = x  # expect: R102
        x = self.act(self.conv1(x))
        x = x * (1 + gain) + bias
        x = self.conv2(x)
        out = self.act(x)  # expect
        if self.downsample:
            out = self.act(self.conv_out(self.pool(out)))
        return out
