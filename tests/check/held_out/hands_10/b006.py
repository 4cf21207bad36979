# residua-test: wrong target=ECGResNet
# What is wrong: The even kernel (16) with padding kernel // 2 makes each convolution one sample longer, so the branch no longer fits the identity and the sum fails.
import torch
import torch.nn as nn


class ResBlk1d(nn.Module):
    def __init__(self, n_in, n_out, downsample=1, kernel_size=16, dropout=0.2):
        super().__init__()
        padding = kernel_size // 2  # expect: R130
        self.conv1 = nn.Conv1d(n_in, n_out, kernel_size, padding=padding, bias=False)
        self.bn1 = nn.BatchNorm1d(n_out)
        self.relu = nn.ReLU()
        self.drop = nn.Dropout(dropout)
        self.conv2 = nn.Conv1d(n_out, n_out, kernel_size, stride=downsample, padding=padding, bias=False)
        self.bn2 = nn.BatchNorm1d(n_out)

        skip = []
        if downsample > 1:
            skip.append(nn.MaxPool1d(downsample, stride=downsample))
        if n_in != n_out:
            skip.append(nn.Conv1d(n_in, n_out, 1, bias=False))
        self.skip = nn.Sequential(*skip)

    def forward(self, x):
        y = self.skip(x)
        x = self.drop(self.relu(self.bn1(self.conv1(x))))
        x = self.bn2(self.conv2(x))
        return self.relu(x + y)


class ECGResNet(nn.Module):
    # 12 leads, 10 s at 100 Hz
    def __init__(self, leads=12, n_classes=5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(leads, 32, 17, padding=8, bias=False), nn.BatchNorm1d(32), nn.ReLU())
        self.blocks = nn.Sequential(
            ResBlk1d(32, 32),
            ResBlk1d(32, 64, 4),
            ResBlk1d(64, 64),
            ResBlk1d(64, 128, 5),
        )
        self.head = nn.Linear(128, n_classes)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.head(x.mean(-1))
