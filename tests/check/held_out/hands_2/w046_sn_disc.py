# residua-test: wrong target=OptimizedDisBlock
# What is wrong: the branch starts with an in-place ReLU on x and the shortcut reads x afterwards, so the shortcut sees relu(x)
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm


class OptimizedDisBlock(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.main = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            spectral_norm(nn.Conv2d(c_in, c_out, 3, padding=1)),
            nn.ReLU(inplace=True),
            spectral_norm(nn.Conv2d(c_out, c_out, 3, padding=1)),
            nn.AvgPool2d(2),
        )
        self.bypass = nn.Sequential(nn.AvgPool2d(2), spectral_norm(nn.Conv2d(c_in, c_out, 1)))

    def forward(self, x):
        h = self.main(x)  # expect
        return h + self.bypass(x)  # expect
