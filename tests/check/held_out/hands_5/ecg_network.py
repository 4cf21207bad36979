# residua-test: wrong target=ECGNet
# What is wrong: The class probabilities are normalised over dim 0, the batch, instead of over the classes
import torch
import torch.nn as nn
import torch.nn.functional as F


class ECGBlock(nn.Module):
    """1-d residual block with a max-pool shortcut."""

    def __init__(self, cin, cout, stride=1, k=15):
        super().__init__()
        self.conv1 = nn.Conv1d(cin, cout, k, stride=stride, padding=k // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(cout)
        self.drop = nn.Dropout(0.2)
        self.conv2 = nn.Conv1d(cout, cout, k, padding=k // 2, bias=False)
        self.bn2 = nn.BatchNorm1d(cout)
        self.pool = nn.MaxPool1d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
        self.match = nn.Conv1d(cin, cout, 1, bias=False) if cin != cout else nn.Identity()  # found: R118

    def forward(self, x):
        skip = self.match(self.pool(x))
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(self.drop(out)))
        return F.relu(out + skip)


class ECGNet(nn.Module):
    """Twelve-lead ECG classifier; returns class probabilities."""

    def __init__(self, leads=12, width=32, classes=5):
        super().__init__()
        self.stem = nn.Conv1d(leads, width, 15, padding=7)
        self.blocks = nn.Sequential(
            ECGBlock(width, width), ECGBlock(width, width * 2, 2), ECGBlock(width * 2, width * 2, 2))
        self.fc = nn.Linear(width * 2, classes)

    def forward(self, x):
        x = self.blocks(self.stem(x)).mean(dim=2)  # found: R136
        return F.softmax(self.fc(x), dim=0)  # expect: R135
