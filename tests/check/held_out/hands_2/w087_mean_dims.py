# residua-test: wrong target=AudioResNet
# What is wrong: the global pooling averages over the batch and time (dims 0 and 2) instead of time only: one output vector for the whole batch
import torch
import torch.nn as nn
import torch.nn.functional as F


class Res1d(nn.Module):
    def __init__(self, ci, co, stride=2, k=7):
        super().__init__()
        self.c1 = nn.Conv1d(ci, co, k, stride, k // 2, bias=False)
        self.b1 = nn.BatchNorm1d(co)
        self.c2 = nn.Conv1d(co, co, k, 1, k // 2, bias=False)
        self.b2 = nn.BatchNorm1d(co)
        self.sc = nn.Conv1d(ci, co, 1, stride, bias=False)
        self.bs = nn.BatchNorm1d(co)

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        return F.relu(y + self.bs(self.sc(x)))


class AudioResNet(nn.Module):
    """1-D residual network for raw audio / ECG, input (batch, channels, time)."""

    def __init__(self, in_ch=1, num_classes=5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(in_ch, 16, 15, 2, 7, bias=False), nn.BatchNorm1d(16), nn.ReLU())
        self.body = nn.Sequential(Res1d(16, 32), Res1d(32, 64))
        self.fc = nn.Linear(64, num_classes)  # expect

    def forward(self, x):
        x = self.body(self.stem(x))
        x = x.mean(dim=(0, 2))  # expect: R133
        return self.fc(x)  # expect
