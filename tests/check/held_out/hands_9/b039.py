# residua-test: wrong target=Net
# What is wrong: One BatchNorm is used after both convs of a block, so its running statistics are a mix of two distributions and eval differs from training
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, ch):
        super(ResBlock, self).__init__()
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1)
        self.conv2 = nn.Conv2d(ch, ch, 3, padding=1)
        self.bn = nn.BatchNorm2d(ch)

    def forward(self, x):
        out = F.relu(self.bn(self.conv1(x)))
        out = self.bn(self.conv2(out))  # expect: R121
        return F.relu(out + x)


class Net(nn.Module):
    # for mnist
    def __init__(self):
        super(Net, self).__init__()
        self.conv_in = nn.Conv2d(1, 32, 5, padding=2)
        self.bn_in = nn.BatchNorm2d(32)
        self.res1 = ResBlock(32)
        self.widen = nn.Conv2d(32, 64, 3, padding=1)
        self.bn_widen = nn.BatchNorm2d(64)
        self.res2 = ResBlock(64)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn_in(self.conv_in(x)))
        x = F.max_pool2d(self.res1(x), 2)
        x = F.relu(self.bn_widen(self.widen(x)))
        x = F.max_pool2d(self.res2(x), 2)
        x = F.adaptive_avg_pool2d(x, 1).view(x.size(0), -1)
        return self.fc(x)
