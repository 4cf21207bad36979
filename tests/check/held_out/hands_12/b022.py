# residua-test: right target=FixupNet
import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(i, o, s=1):
    return nn.Conv2d(i, o, 3, stride=s, padding=1, bias=False)


class FixupBasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = conv3x3(planes, planes)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.stride = stride
        self.grow = planes - inplanes

    def forward(self, x):
        out = self.conv1(x + self.bias1a)
        out = F.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b

        identity = x
        if self.stride > 1:
            identity = F.avg_pool2d(identity, 1, self.stride)
        if self.grow:
            # new channels start empty
            identity = torch.cat((identity, torch.zeros_like(identity[:, :self.grow])), 1)
        return F.relu(out + identity)


class FixupNet(nn.Module):
    def __init__(self, n=3, num_classes=10):
        super().__init__()
        self.num_layers = 3 * n
        self.conv1 = conv3x3(3, 16)
        self.bias1 = nn.Parameter(torch.zeros(1))
        blocks = []
        c = 16
        for width, stride in ((16, 1), (32, 2), (64, 2)):
            for i in range(n):
                blocks.append(FixupBasicBlock(c, width, stride if i == 0 else 1))
                c = width
        self.blocks = nn.Sequential(*blocks)
        self.bias2 = nn.Parameter(torch.zeros(1))
        self.fc = nn.Linear(c, num_classes)

        for m in self.modules():
            if isinstance(m, FixupBasicBlock):
                w = m.conv1.weight
                std = (2 / (w.shape[0] * w.shape[2] * w.shape[3])) ** 0.5
                nn.init.normal_(w, mean=0, std=std * self.num_layers ** (-0.5))
                nn.init.constant_(m.conv2.weight, 0)
            elif isinstance(m, nn.Linear):
                nn.init.constant_(m.weight, 0)
                nn.init.constant_(m.bias, 0)

    def forward(self, x):
        x = F.relu(self.conv1(x) + self.bias1)
        x = self.blocks(x)
        x = x.mean((2, 3))
        return self.fc(x + self.bias2)
