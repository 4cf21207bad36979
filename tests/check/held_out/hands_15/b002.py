# residua-test: right target=EcgResNet1d
import torch
import torch.nn as nn
import torch.nn.functional as F


class EcgBlock(nn.Module):
    def __init__(self, cin, cout, pool, first=False, k=15, p=0.2):
        super().__init__()
        self.first, self.pool, self.extra = first, pool, cout - cin
        if not first:
            self.bn0 = nn.BatchNorm1d(cin)
        self.conv1 = nn.Conv1d(cin, cout, k, stride=pool, padding=k // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(cout)
        self.drop = nn.Dropout(p)
        self.conv2 = nn.Conv1d(cout, cout, k, padding=k // 2, bias=False)

    def forward(self, x):
        h = x if self.first else self.drop(F.relu(self.bn0(x)))
        h = self.conv1(h)
        h = self.conv2(self.drop(F.relu(self.bn1(h))))
        s = F.max_pool1d(x, self.pool, ceil_mode=True) if self.pool > 1 else x
        if self.extra:
            s = F.pad(s, (0, 0, 0, self.extra))
        return h + s


class EcgResNet1d(nn.Module):
    def __init__(self, leads=12, n_classes=5, width=24, n_blocks=6):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(leads, width, 15, padding=7, bias=False),
                                  nn.BatchNorm1d(width), nn.ReLU())
        blocks, c = [], width
        for i in range(n_blocks):
            c2 = c + 8 if i % 2 else c
            blocks.append(EcgBlock(c, c2, pool=2 if i % 2 else 1, first=i == 0))
            c = c2
        self.blocks = nn.ModuleList(blocks)
        self.bn = nn.BatchNorm1d(c)
        self.fc = nn.Linear(c, n_classes)

    def forward(self, x):
        x = self.stem(x)
        for b in self.blocks:
            x = b(x)
        x = F.relu(self.bn(x)).mean(-1)
        return self.fc(x)
