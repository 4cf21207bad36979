# residua-test: wrong target=NamedBlock args='features=24'
# What is wrong: the names conv and norm occur twice in the OrderedDict, so the later entries replace the earlier ones and the branch has one convolution instead of two (with its ReLU last).
from collections import OrderedDict

import torch
from torch import nn


class NamedBlock(nn.Module):
    """Residual block with named layers so that I can load weights by name later.

    conv - norm - relu - conv - norm, plus input, relu
    """

    def __init__(self, features, kernel_size=3):
        super().__init__()
        pad = kernel_size // 2
        self.branch = nn.Sequential(OrderedDict([
            ('conv', nn.Conv2d(features, features, kernel_size, padding=pad, bias=False)),
            ('norm', nn.BatchNorm2d(features)),
            ('relu', nn.ReLU()),
            ('conv', nn.Conv2d(features, features, kernel_size, padding=pad, bias=False)),  # expect: R177
            ('norm', nn.BatchNorm2d(features)),  # expect
        ]))
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(x + self.branch(x))
