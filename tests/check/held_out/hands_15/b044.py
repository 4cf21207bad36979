# residua-test: wrong target=MnistResNetD
# What is wrong: the AvgPool of the shortcut rounds 7 down to 3 while the strided conv rounds up to 4, so the network fails on its 28x28 digits
import torch
import torch.nn as nn


class BlockD(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, padding=1, bias=False),
            nn.BatchNorm2d(cout),
        )
        skip = []
        if stride == 2:
            skip.append(nn.AvgPool2d(2, 2))  # expect: R148
        if cin != cout:
            skip += [nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)]
        self.skip = nn.Sequential(*skip)
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.path(x) + self.skip(x))


class MnistResNetD(nn.Module):
    '''digits, 1x28x28 -> 10 logits'''

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            BlockD(16, 16),
            BlockD(16, 32, stride=2),
            BlockD(32, 64, stride=2),
            BlockD(64, 128, stride=2),
        )
        self.classifier = nn.Linear(128, 10)

    def forward(self, x):
        x = self.features(x)
        x = x.mean(dim=-1).mean(dim=-1)
        return self.classifier(x)
