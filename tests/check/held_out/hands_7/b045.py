# residua-test: wrong target=CardioNet
# What is wrong: padding = kernel_size // 2 with the even kernel 16 makes every convolution one sample longer than Keras' "same": the branch no longer fits the max-pooled skip.
# Keras -> PyTorch of the 1-d arrhythmia network (filter length 16, padding='same')
import torch
from torch import nn


class EcgBlock(nn.Module):
    def __init__(self, filters, kernel_size=16, pool=2, drop_rate=0.2):
        super().__init__()
        same = kernel_size // 2  # expect: R130
        self.shortcut = nn.MaxPool1d(pool)
        self.body = nn.Sequential(
            nn.BatchNorm1d(filters), nn.ReLU(), nn.Dropout(drop_rate),
            nn.Conv1d(filters, filters, kernel_size, stride=pool, padding=same),
            nn.BatchNorm1d(filters), nn.ReLU(), nn.Dropout(drop_rate),
            nn.Conv1d(filters, filters, kernel_size, padding=same),
        )

    def forward(self, x):
        return self.shortcut(x) + self.body(x)


class CardioNet(nn.Module):
    def __init__(self, n_features=1, n_filters=32, n_blocks=4, classes=4):
        super().__init__()
        self.conv = nn.Conv1d(n_features, n_filters, 15, padding="same")
        self.bn = nn.BatchNorm1d(n_filters)
        self.blocks = nn.Sequential(*(EcgBlock(n_filters) for _ in range(n_blocks)))
        self.bn_out = nn.BatchNorm1d(n_filters)
        self.dense = nn.Linear(n_filters, classes)

    def forward(self, x):
        y = torch.relu(self.bn(self.conv(x)))
        y = self.blocks(y)
        y = torch.relu(self.bn_out(y))
        return self.dense(y.mean(dim=-1))
