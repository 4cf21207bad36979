# residua-test: right target=FixupResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class FixupBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.b1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1b = nn.Parameter(torch.zeros(1))
        self.b2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.b2b = nn.Parameter(torch.zeros(1))
        self.pool = stride > 1
        self.extra = cout - cin

    def forward(self, x):
        out = F.relu(self.conv1(x + self.b1a) + self.b1b)
        out = self.conv2(out + self.b2a) * self.scale + self.b2b
        identity = x
        if self.pool:
            identity = F.avg_pool2d(x + self.b1a, 1, stride=2)
        if self.extra > 0:
            # option A: zeros in the new channels
            identity = F.pad(identity, (0, 0, 0, 0, 0, self.extra))
        return F.relu(out + identity)


class FixupResNet(nn.Module):
    """Residual net without any normalization, Zhang et al. 2019."""

    def __init__(self, n=2, num_classes=10):
        super().__init__()
        L = 3 * n
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bias1 = nn.Parameter(torch.zeros(1))
        chain, c = [], 16
        for w, s in ((16, 1), (32, 2), (64, 2)):
            for i in range(n):
                chain.append(FixupBlock(c, w, s if i == 0 else 1))
                c = w
        self.chain = nn.Sequential(*chain)
        self.bias2 = nn.Parameter(torch.zeros(1))
        self.fc = nn.Linear(c, num_classes)

        for m in self.chain:
            fan = m.conv1.weight.shape[0] * m.conv1.weight[0, 0].numel()
            nn.init.normal_(m.conv1.weight, std=(2 / fan) ** 0.5 * L ** (-0.5))
            nn.init.zeros_(m.conv2.weight)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        x = F.relu(self.conv1(x) + self.bias1)
        x = self.chain(x)
        return self.fc(x.mean((2, 3)) + self.bias2)
