# residua-test: right target=ECGResNet
# Why it is right: A 1-D pre-activation ECG network: the shortcut max-pools with the block's stride and zero-pads the new channels (Hannun et al. style); the stem already activates the first block's input.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ECGBlock(nn.Module):
    def __init__(self, cin, cout, kernel=15, stride=1, p=0.2, first=False):
        super().__init__()
        self.extra, self.stride = cout - cin, stride
        self.bn1 = None if first else nn.BatchNorm1d(cin)
        self.conv1 = nn.Conv1d(cin, cout, kernel, stride=stride, padding=kernel // 2)
        self.bn2 = nn.BatchNorm1d(cout)
        self.drop = nn.Dropout(p)
        self.conv2 = nn.Conv1d(cout, cout, kernel, padding=kernel // 2)

    def forward(self, x):
        skip = F.max_pool1d(x, self.stride) if self.stride > 1 else x
        if self.extra:
            skip = F.pad(skip, (0, 0, 0, self.extra))
        z = x if self.bn1 is None else F.relu(self.bn1(x))
        z = self.conv1(z)
        z = self.conv2(self.drop(F.relu(self.bn2(z))))
        return skip + z


class ECGResNet(nn.Module):
    """Rhythm classifier for 12-lead ECG, signal (B, 12, L) with L a multiple of 16."""

    def __init__(self, leads=12, base=16, blocks=8, classes=9):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(leads, base, 15, padding=7), nn.BatchNorm1d(base), nn.ReLU())
        layers, c = [], base
        for i in range(blocks):
            out = base * 2 ** (i // 4)
            layers.append(ECGBlock(c, out, stride=2 if i % 2 else 1, first=i == 0))
            c = out
        self.body = nn.Sequential(*layers)
        self.tail = nn.Sequential(nn.BatchNorm1d(c), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
        self.fc = nn.Linear(c, classes)

    def forward(self, x):
        return self.fc(self.tail(self.body(self.stem(x))))
