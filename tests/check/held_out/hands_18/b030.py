# residua-test: right target=BlockV1
import torch
import torch.nn as nn


class BlockV1(nn.Module):
    """ResNet V1 basic block ported from our jax code (stride on conv_1 there as well)."""

    def __init__(self, channels_in, channels, stride=1):
        super().__init__()
        self.use_projection = stride != 1 or channels_in != channels
        if self.use_projection:
            self.proj_conv = nn.Conv2d(channels_in, channels, 1, stride=stride, bias=False)
            self.proj_batchnorm = nn.BatchNorm2d(channels, momentum=0.1)
        self.conv_0 = nn.Conv2d(channels_in, channels, 3, padding=1, bias=False)
        self.batchnorm_0 = nn.BatchNorm2d(channels)
        self.conv_1 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)  # found: R112
        self.batchnorm_1 = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.batchnorm_1.weight)

    def forward(self, inputs):
        out = shortcut = inputs
        if self.use_projection:
            shortcut = self.proj_batchnorm(self.proj_conv(shortcut))
        for i, (conv_i, bn_i) in enumerate(((self.conv_0, self.batchnorm_0), (self.conv_1, self.batchnorm_1))):
            out = conv_i(out)
            out = bn_i(out)
            if i == 0:
                out = torch.relu(out)
        return torch.relu(out + shortcut)
