# residua-test: right target=ResNetLayerDrop
import torch
import torch.nn as nn


class BasicBlockDrop(nn.Module):
    def __init__(self, inplanes, planes, stride, prob):
        super(BasicBlockDrop, self).__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.prob = prob
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def residual(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)

        if self.training:
            # one coin per block and mini-batch, a dropped block is not computed at all
            if torch.rand(1).item() < self.prob:
                out = self.residual(x) + identity
            else:
                out = identity
        else:
            out = self.prob * self.residual(x) + identity
        return torch.relu(out)


class ResNetLayerDrop(nn.Module):
    def __init__(self, n=2, num_classes=10, p_last=0.5):
        super(ResNetLayerDrop, self).__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        total, k, c = 3 * n, 0, 16
        blocks = []
        for planes in (16, 32, 64):
            for i in range(n):
                k += 1
                prob = 1 - k / total * (1 - p_last)
                blocks.append(BasicBlockDrop(c, planes, 2 if (i == 0 and planes != 16) else 1, prob))
                c = planes
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        x = nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)
