# residua-test: right target=FixupResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class FixupBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.down = nn.AvgPool2d(1, stride=stride) if stride != 1 else None

    def forward(self, x):
        out = self.conv1(x + self.bias1a)
        out = F.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        if self.down is not None:
            x = self.down(x + self.bias1a)
            x = torch.cat((x, torch.zeros_like(x)), 1)
        return F.relu(out + x)


class FixupResNet(nn.Module):
    """Fixup ResNet for CIFAR-10 (no normalisation layers)."""

    def __init__(self, n=3, num_classes=10):
        super().__init__()
        self.num_layers = 3 * n
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bias1 = nn.Parameter(torch.zeros(1))
        plan = [(16, 16, 1)] * n + [(16, 32, 2)] + [(32, 32, 1)] * (n - 1) \
            + [(32, 64, 2)] + [(64, 64, 1)] * (n - 1)
        self.blocks = nn.ModuleList([FixupBlock(*p) for p in plan])
        self.bias2 = nn.Parameter(torch.zeros(1))
        self.fc = nn.Linear(64, num_classes)

        nn.init.kaiming_normal_(self.conv1.weight, mode='fan_out')
        for b in self.blocks:
            w = b.conv1.weight
            nn.init.normal_(w, mean=0,
                            std=(2 / (w.shape[0] * w[0, 0].numel())) ** 0.5 * self.num_layers ** -0.5)
            nn.init.zeros_(b.conv2.weight)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        x = F.relu(self.conv1(x) + self.bias1)
        for b in self.blocks:
            x = b(x)
        x = x.mean((2, 3))
        return self.fc(x + self.bias2)
