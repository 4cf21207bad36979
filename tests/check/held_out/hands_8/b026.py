# residua-test: right target=FixupNet
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class FixupBasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super(FixupBasicBlock, self).__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.same = stride == 1 and inplanes == planes
        if not self.same:
            # avg pool, then as many zero channels as there were before
            assert planes == 2 * inplanes
            self.pool = nn.AvgPool2d(1, stride=stride)

    def forward(self, x):
        identity = x

        out = self.conv1(x + self.bias1a)
        out = F.relu(out + self.bias1b)

        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b

        if not self.same:
            identity = self.pool(x + self.bias1a)
            identity = torch.cat((identity, torch.zeros_like(identity)), 1)

        return F.relu(out + identity)


class FixupNet(nn.Module):
    """ResNet for 32x32 images without any normalization (Zhang, Dauphin, Ma 2019)"""

    def __init__(self, n=2, width=16, num_classes=10):
        super(FixupNet, self).__init__()
        self.num_layers = 3 * n
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bias1 = nn.Parameter(torch.zeros(1))
        blocks, cur = [], width
        for stage in range(3):
            for i in range(n):
                nxt = width * 2 ** stage
                blocks.append(FixupBasicBlock(cur, nxt, stride=2 if stage > 0 and i == 0 else 1))
                cur = nxt
        self.blocks = nn.Sequential(*blocks)
        self.bias2 = nn.Parameter(torch.zeros(1))
        self.fc = nn.Linear(cur, num_classes)

        nn.init.normal_(self.conv1.weight, std=math.sqrt(2 / (width * 9)))
        for m in self.blocks:
            w = m.conv1.weight
            nn.init.normal_(w, mean=0, std=math.sqrt(2 / (w.shape[0] * 9)) * self.num_layers ** (-0.5))
            nn.init.constant_(m.conv2.weight, 0)
        nn.init.constant_(self.fc.weight, 0)
        nn.init.constant_(self.fc.bias, 0)

    def forward(self, x):
        x = F.relu(self.conv1(x) + self.bias1)
        x = self.blocks(x)
        x = x.mean(dim=(2, 3))
        return self.fc(x + self.bias2)
