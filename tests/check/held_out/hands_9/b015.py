# residua-test: wrong target=ECGResNet
# What is wrong: padding = kernel_size // 2 lengthens the signal by one for the even kernel (8), so the branch is one step longer than the shortcut and the sum fails
import torch
from torch import nn


class ConvBNReLU(nn.Sequential):
    def __init__(self, cin, cout, kernel_size, relu=True):
        layers = [
            nn.Conv1d(cin, cout, kernel_size, padding=kernel_size // 2, bias=False),  # expect: R130
            nn.BatchNorm1d(cout),
        ]
        if relu:
            layers.append(nn.ReLU())
        super().__init__(*layers)


class ResBlock1d(nn.Module):
    """three convolutions with kernels 8, 5 and 3 (Wang et al. 2017)"""

    def __init__(self, cin, cout, kernels=(8, 5, 3)):
        super().__init__()
        k1, k2, k3 = kernels
        self.main = nn.Sequential(
            ConvBNReLU(cin, cout, k1),
            ConvBNReLU(cout, cout, k2),
            ConvBNReLU(cout, cout, k3, relu=False),
        )
        self.short = ConvBNReLU(cin, cout, 1, relu=False)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.main(x) + self.short(x))


class ECGResNet(nn.Module):
    def __init__(self, in_channels=1, n_feature_maps=64, n_classes=5):
        super().__init__()
        n = n_feature_maps
        self.blocks = nn.Sequential(
            ResBlock1d(in_channels, n),
            ResBlock1d(n, 2 * n),
            ResBlock1d(2 * n, 2 * n),
        )
        self.fc = nn.Linear(2 * n, n_classes)

    def forward(self, x):
        x = self.blocks(x)
        return self.fc(x.mean(dim=-1))
