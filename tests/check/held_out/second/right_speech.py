# residua-test: right target=RightSpeech
import torch.nn as nn
import torch.nn.functional as F


class RightSpeech(nn.Module):
    def __init__(self, n_labels=12):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 45, 3, padding=1, bias=False)
        self.convs = nn.ModuleList(nn.Conv2d(45, 45, 3, padding=1, bias=False) for _ in range(6))
        self.bns = nn.ModuleList(nn.BatchNorm2d(45, affine=False) for _ in range(6))
        self.output = nn.Linear(45, n_labels)

    def forward(self, x):
        old = F.relu(self.conv0(x))
        y = old
        for i, (conv, bn) in enumerate(zip(self.convs, self.bns)):
            y = F.relu(conv(y))
            if i % 2 == 1:
                y = y + old
                old = y
            y = bn(y)
        return self.output(y.flatten(2).mean(2))
