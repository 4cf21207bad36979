# residua-test: wrong target=ECGResNet
# What is wrong: the projection is made for stride > 1 only: in the first block 1 -> 32 channels at stride 1 the single input channel is silently broadcast over all 32.
import torch
import torch.nn as nn


class ResBlock1D(nn.Module):
    def __init__(self, in_ch, out_ch, k=7, stride=1):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(in_ch, out_ch, k, stride, k // 2, bias=False),
            nn.BatchNorm1d(out_ch),
            nn.ReLU(),
            nn.Conv1d(out_ch, out_ch, k, 1, k // 2, bias=False),
            nn.BatchNorm1d(out_ch),
        )
        self.proj = None
        if stride > 1:
            self.proj = nn.Sequential(
                nn.Conv1d(in_ch, out_ch, 1, stride, bias=False), nn.BatchNorm1d(out_ch)
            )
        self.relu = nn.ReLU()

    def forward(self, x):
        skip = x if self.proj is None else self.proj(x)
        return self.relu(self.net(x) + skip)  # expect: R115


class ECGResNet(nn.Module):
    def __init__(self, leads=1, n_classes=5):
        super().__init__()
        self.features = nn.Sequential(
            ResBlock1D(leads, 32),
            ResBlock1D(32, 64, stride=2),
            ResBlock1D(64, 128, stride=2),
            ResBlock1D(128, 128),
        )
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(128, n_classes)

    def forward(self, x):
        x = self.features(x)
        return self.fc(self.pool(x).flatten(1))
