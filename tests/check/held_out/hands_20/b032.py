# residua-test: wrong target=RepBlock
# What is wrong: The identity branch is folded as a matrix of ones (every channel summed into every channel) instead of the unit matrix, so eval differs from training.
import torch
import torch.nn as nn
import torch.nn.functional as F


class RepBlock(nn.Module):
    """3x3 + 1x1 + identity while training, one merged 3x3 convolution for
    inference. Both compute the same function."""

    def __init__(self, channels=16):
        super().__init__()
        self.channels = channels
        self.conv3 = nn.Conv2d(channels, channels, 3, padding=1, bias=True)
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.act = nn.ReLU()

    def merged(self):
        one = F.pad(self.conv1.weight, [1, 1, 1, 1])
        ident = torch.ones(self.channels, self.channels, device=one.device)  # expect: R242
        ident = F.pad(ident[:, :, None, None], [1, 1, 1, 1])
        return self.conv3.weight + one + ident, self.conv3.bias

    def forward(self, x):
        if self.training:
            return self.act(self.conv3(x) + self.conv1(x) + x)
        weight, bias = self.merged()
        return self.act(F.conv2d(x, weight, bias, padding=1))
