# residua-test: wrong target=CifarResNet
# What is wrong: the zero init is put on each block's first BatchNorm (before a ReLU) instead of the last: relu(0) passes no gradient, the branches stay dead.
import torch
import torch.nn as nn


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(cout)
        self.act = nn.ReLU()
        self.short = nn.Identity()
        if stride > 1 or cin != cout:
            self.short = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        h = self.act(self.norm1(self.conv1(x)))
        h = self.norm2(self.conv2(h))
        return self.act(h + self.short(x))


class CifarResNet(nn.Module):
    def __init__(self, depth=20, num_classes=10):
        super().__init__()
        assert (depth - 2) % 6 == 0
        n = (depth - 2) // 6
        net = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        cin = 16
        for cout in (16, 32, 64):
            for i in range(n):
                net.append(BasicBlock(cin, cout, 2 if (i == 0 and cout > 16) else 1))
                cin = cout
        self.net = nn.Sequential(*net)
        self.fc = nn.Linear(64, num_classes)
        self.reset_parameters()

    def reset_parameters(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
        # "1 hour" trick: each block starts as the identity
        for m in self.modules():
            if isinstance(m, BasicBlock):
                nn.init.zeros_(m.norm1.weight)  # expect: R181

    def forward(self, x):
        return self.fc(self.net(x).mean((-2, -1)))
