# residua-test: wrong target=PreActBlock
# What is wrong: pre-activation starts with an inplace ReLU applied to the input that is later used as the identity (x is clobbered)
import torch
import torch.nn as nn


class PreActBlock(nn.Module):
    """x + conv(relu(conv(relu(x)))), normaliser-free, as in the IMPALA / VQ-VAE stacks."""

    def __init__(self, channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 1),
        )

    def forward(self, x):
        return x + self.branch(x)  # expect
