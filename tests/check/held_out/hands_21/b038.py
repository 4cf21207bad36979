# residua-test: wrong target=DeepECGNet
# What is wrong: Every turn of the loop registers its block under the same name, so each block replaces the one before and only the last remains.
import torch
import torch.nn as nn


class ECGBlock(nn.Module):
    def __init__(self, channels, kernel_size=7, dropout=0.2):
        super().__init__()
        self.bn1 = nn.BatchNorm1d(channels)
        self.conv1 = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.bn2 = nn.BatchNorm1d(channels)
        self.conv2 = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        y = self.conv1(torch.relu(self.bn1(x)))
        y = self.conv2(self.drop(torch.relu(self.bn2(y))))
        return x + y


class DeepECGNet(nn.Module):
    """12-lead ECG (batch, 12, samples) -> 9 rhythm classes."""

    def __init__(self, leads=12, channels=32, num_blocks=6, num_classes=9):
        super().__init__()
        self.stem = nn.Conv1d(leads, channels, 15, stride=2, padding=7)
        self.body = nn.Sequential()
        for i in range(num_blocks):
            self.body.add_module("resblock", ECGBlock(channels))  # expect: R177
            if i % 2 == 1:
                self.body.add_module("pool_%d" % i, nn.MaxPool1d(2))
        self.norm = nn.BatchNorm1d(channels)
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        x = torch.relu(self.norm(x)).mean(dim=-1)
        return self.fc(x)
