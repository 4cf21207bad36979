# residua-test: right target=PreActResNet18 style=network
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.project = None
        if stride != 1 or cin != cout:
            self.project = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(x))
        identity = x if self.project is None else self.project(h)
        h = self.conv1(h)
        h = self.conv2(F.relu(self.bn2(h)))
        return h + identity


class PreActResNet18(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.block1 = Block(16, 16, stride=1)
        self.block2 = Block(16, 16, stride=1)
        self.block3 = Block(16, 32, stride=2)
        self.block4 = Block(32, 32, stride=1)
        self.block5 = Block(32, 64, stride=2)
        self.block6 = Block(64, 64, stride=1)
        self.block7 = Block(64, 128, stride=2)
        self.block8 = Block(128, 128, stride=1)
        self.bn = nn.BatchNorm2d(128)
        self.fc = nn.Linear(128, num_classes)

    def forward(self, x):
        x = self.conv1(x)
        x = self.block1(x)
        x = self.block2(x)
        x = self.block3(x)
        x = self.block4(x)
        x = self.block5(x)
        x = self.block6(x)
        x = self.block7(x)
        x = self.block8(x)
        x = F.relu(self.bn(x))
        x = F.adaptive_avg_pool2d(x, 1)
        x = x.flatten(1)
        x = self.fc(x)
        return x
