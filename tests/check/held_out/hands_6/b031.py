# residua-test: wrong target=ResNetCifar
# What is wrong: zero_init_residual sets bn1's weight to 0 instead of the last norm's (bn2): relu(0) passes no gradient, so every branch is dead and stays dead.
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    def __init__(self, in_c, c, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_c, c, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        if stride == 1 and in_c == c:
            self.down = nn.Identity()
        else:
            self.down = nn.Sequential(nn.Conv2d(in_c, c, 1, stride, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.down(x))


class ResNetCifar(nn.Module):
    def __init__(self, n=1, width=16, num_classes=10, zero_init_residual=True):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        stages = []
        c = width
        for i in range(3):
            for j in range(n):
                out = width * 2 ** i
                stages.append(BasicBlock(c, out, stride=2 if i > 0 and j == 0 else 1))
                c = out
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(c, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
        # the residual branches start at zero, each block is an identity at first
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, BasicBlock):
                    nn.init.constant_(m.bn1.weight, 0)  # expect: R181

    def forward(self, x):
        x = F.relu(self.bn(self.stem(x)))
        x = self.stages(x)
        return self.head(x.mean((2, 3)))
