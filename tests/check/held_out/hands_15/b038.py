# residua-test: right target=PreActNet
import torch
import torch.nn as nn


class PreAct(nn.Module):
    def __init__(self, ni, no, stride=1):
        super().__init__()
        self.pre = nn.Sequential(nn.BatchNorm2d(ni), nn.ReLU())
        self.res = nn.Sequential(
            nn.Conv2d(ni, no, 3, stride, 1, bias=False),
            nn.BatchNorm2d(no),
            nn.ReLU(),
            nn.Conv2d(no, no, 3, 1, 1, bias=False),
        )
        self.proj = nn.Conv2d(ni, no, 1, stride, bias=False) if (stride != 1 or ni != no) else None

    def forward(self, x):
        a = self.pre(x)
        # projections start from the activated input, identities from the raw one
        s = self.proj(a) if self.proj is not None else x
        return s + self.res(a)


class PreActNet(nn.Module):
    def __init__(self, blocks=(2, 2, 2), n_classes=100, base=16):
        super().__init__()
        seq = [nn.Conv2d(3, base, 3, 1, 1, bias=False)]
        ni = base
        for k, n in enumerate(blocks):
            no = base << k
            for j in range(n):
                seq.append(PreAct(ni, no, 2 if (k > 0 and j == 0) else 1))
                ni = no
        seq += [nn.BatchNorm2d(ni), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        self.features = nn.Sequential(*seq)
        self.fc = nn.Linear(ni, n_classes)

    def forward(self, x):
        return self.fc(self.features(x))
