# residua-test: wrong target=ECGNet
# What is wrong: the strided conv (k3, p1) rounds an odd length up while MaxPool1d(2) on the shortcut rounds it down, so the sum fails for the 187-sample beats the network is made for.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvUnit(nn.Module):
    """stride 2 residual unit, pooled identity as the shortcut"""

    def __init__(self, filters):
        super(ConvUnit, self).__init__()
        self.conv_1 = nn.Conv1d(filters, filters, kernel_size=3, stride=1, padding=1)
        self.conv_2 = nn.Conv1d(filters, filters, kernel_size=3, stride=2, padding=1)  # expect: R112
        self.norm_1 = nn.BatchNorm1d(filters)
        self.norm_2 = nn.BatchNorm1d(filters)
        self.pool = nn.MaxPool1d(kernel_size=2, stride=2)  # expect: R148

    def forward(self, x):
        y = F.relu(self.norm_1(self.conv_1(x)))
        y = self.norm_2(self.conv_2(y))
        return F.relu(y + self.pool(x))


class ECGNet(nn.Module):
    # MIT-BIH heartbeats: (batch, 1, 187) -> 5 classes
    seq_len = 187

    def __init__(self, n_classes=5, filters=32, n_units=4):
        super(ECGNet, self).__init__()
        self.inp = nn.Conv1d(1, filters, kernel_size=5, padding=2)
        self.units = nn.Sequential(*[ConvUnit(filters) for _ in range(n_units)])
        self.fc = nn.Linear(filters, n_classes)

    def forward(self, x):
        x = self.inp(x)  # found: R136
        x = self.units(x)
        return self.fc(x.mean(dim=-1))
