# residua-test: right target=FixupResNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class FixupBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        mk = lambda v: nn.Parameter(torch.full((1,), float(v)))
        self.bias1a, self.bias1b, self.bias2a, self.bias2b = mk(0), mk(0), mk(0), mk(0)
        self.scale = mk(1)
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.stride = stride

    def forward(self, x):
        identity = x
        if self.stride != 1:
            identity = F.avg_pool2d(x + self.bias1a, 1, stride=self.stride)
            identity = torch.cat((identity, torch.zeros_like(identity)), 1)
        out = self.conv1(x + self.bias1a)
        out = F.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        return F.relu(out + identity)


class FixupResNet(nn.Module):
    def __init__(self, n=2, num_classes=10):
        super().__init__()
        self.num_layers = 3 * n
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bias1 = nn.Parameter(torch.zeros(1))
        blocks, c = [], 16
        for g in range(3):
            for i in range(n):
                down = g > 0 and i == 0
                blocks.append(FixupBlock(c, c * 2 if down else c, 2 if down else 1))
                c = c * 2 if down else c
        self.layers = nn.Sequential(*blocks)
        self.bias2 = nn.Parameter(torch.zeros(1))
        self.fc = nn.Linear(c, num_classes)

        for m in self.modules():
            if isinstance(m, FixupBlock):
                w = m.conv1.weight
                std = (2 / (w.shape[0] * w[0][0].numel())) ** 0.5
                nn.init.normal_(w, 0.0, std * self.num_layers ** (-0.5))
                nn.init.constant_(m.conv2.weight, 0)
            elif isinstance(m, nn.Linear):
                nn.init.constant_(m.weight, 0)
                nn.init.constant_(m.bias, 0)

    def forward(self, x):
        x = F.relu(self.conv1(x) + self.bias1)
        x = self.layers(x)
        x = x.mean((2, 3))
        return self.fc(x + self.bias2)
