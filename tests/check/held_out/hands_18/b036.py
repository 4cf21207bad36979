# residua-test: wrong target=ConvNetBlock
# What is wrong: The first residual unit is applied twice and the second one is never used, so its parameters get no gradient.
import torch
from torch import nn


def _residual(ch):
    return nn.Sequential(
        nn.ReLU(), nn.Conv2d(ch, ch, 3, stride=1, padding=1),
        nn.ReLU(), nn.Conv2d(ch, ch, 3, stride=1, padding=1),
    )


class ConvNetBlock(nn.Module):
    """conv -> maxpool -> two residual units"""

    def __init__(self, num_in=3, num_ch=16):
        super().__init__()
        self.head = nn.Sequential(
            nn.Conv2d(num_in, num_ch, kernel_size=3, stride=1, padding=1),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        )
        self.unit_a = _residual(num_ch)
        self.unit_b = _residual(num_ch)

    def forward(self, x):
        x = self.head(x)
        x = x + self.unit_a(x)
        x = x + self.unit_a(x)  # expect: R121
        return x
