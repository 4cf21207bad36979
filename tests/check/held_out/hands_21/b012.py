# residua-test: right target=ECGResNet
# Why it is right: As in the cardiologist-level ECG network: the shortcut is max-pooled and zero-padded in channels instead of projected, and the first block has no leading BN-ReLU.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ECGBlock(nn.Module):
    def __init__(self, cin, cout, stride, first=False, k=16, p=0.2):
        super().__init__()
        self.first, self.stride, self.extra = first, stride, cout - cin
        if not first:
            self.bn1 = nn.BatchNorm1d(cin)
        self.conv1 = nn.Conv1d(cin, cout, k, stride=stride)
        self.bn2 = nn.BatchNorm1d(cout)
        self.drop = nn.Dropout(p)
        self.conv2 = nn.Conv1d(cout, cout, k)
        self.k = k

    def same(self, x, stride):
        n = x.size(-1)
        total = max((-(-n // stride) - 1) * stride + self.k - n, 0)
        return F.pad(x, (total // 2, total - total // 2))

    def forward(self, x):
        y = x if self.first else self.drop(F.relu(self.bn1(x)))
        y = self.conv1(self.same(y, self.stride))
        y = self.drop(F.relu(self.bn2(y)))
        y = self.conv2(self.same(y, 1))
        s = F.max_pool1d(x, self.stride, ceil_mode=True) if self.stride > 1 else x
        if self.extra:
            s = F.pad(s, (0, 0, 0, self.extra))
        return y + s


class ECGResNet(nn.Module):
    """Single-lead ECG (batch, 1, samples), one label a sequence."""

    def __init__(self, num_classes=4, width=16, num_blocks=8):
        super().__init__()
        self.conv = nn.Conv1d(1, width, 15, padding=7)
        self.bn = nn.BatchNorm1d(width)
        blocks, cin = [], width
        for i in range(num_blocks):
            cout = width * 2 ** (i // 4)
            blocks.append(ECGBlock(cin, cout, stride=1 + i % 2, first=i == 0))
            cin = cout
        self.blocks = nn.Sequential(*blocks)
        self.last_bn = nn.BatchNorm1d(cin)
        self.fc = nn.Linear(cin, num_classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(F.relu(self.last_bn(x)).mean(-1))
