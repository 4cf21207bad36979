# residua-test: wrong target=NoNormBlock
# What is wrong: Both convolutions of the branch start at zero without bias, so each one blocks the gradient of the other and the branch never leaves zero
import torch
import torch.nn as nn


class NoNormBlock(nn.Module):
    """Residual block without normalisation; the branch starts at zero, so the block starts as the identity."""

    def __init__(self, channels=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.reset_parameters()

    def reset_parameters(self):
        for conv in (self.conv1, self.conv2):  # expect
            nn.init.zeros_(conv.weight)  # expect: R172

    def forward(self, x):
        out = self.conv1(torch.relu(x))
        out = self.conv2(torch.relu(out))
        return x + self.scale * out
