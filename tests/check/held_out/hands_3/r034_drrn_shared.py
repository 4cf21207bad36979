# residua-test: right target=DRRN
import torch
import torch.nn as nn


class DRRN(nn.Module):
    """Deep Recursive Residual Network for SR: the SAME two convs are applied in every unit,
    and each unit adds the output of the entry layer."""

    def __init__(self, channels=1, features=128, num_units=9):
        super().__init__()
        self.num_units = num_units
        self.entry = nn.Conv2d(channels, features, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(features, features, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1, bias=False)
        self.output = nn.Conv2d(features, channels, 3, padding=1, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x):
        residual = x
        inputs = self.entry(self.relu(x))
        out = inputs
        for _ in range(self.num_units):
            out = self.conv2(self.relu(self.conv1(self.relu(out))))
            out = out + inputs
        out = self.output(self.relu(out))
        return out + residual
