# residua-test: wrong target=TinyImageNetResNet
# What is wrong: avg_pool2d(out, 4) leaves a 2x2 map for the stated 64x64 input and view(-1, 256) folds the four positions into the batch: 4 times as many rows come out as went in.
import torch
import torch.nn as nn
import torch.nn.functional as F

# I took the CIFAR resnet and changed num_classes to 200 for Tiny-ImageNet (3x64x64 images)

class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super(Block, self).__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Sequential()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out)) + self.shortcut(x)
        return F.relu(out)


class TinyImageNetResNet(nn.Module):
    def __init__(self, num_classes=200):
        super(TinyImageNetResNet, self).__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.layer1 = nn.Sequential(Block(32, 32), Block(32, 32))
        self.layer2 = nn.Sequential(Block(32, 64, 2), Block(64, 64))
        self.layer3 = nn.Sequential(Block(64, 128, 2), Block(128, 128))
        self.layer4 = nn.Sequential(Block(128, 256, 2), Block(256, 256))
        self.linear = nn.Linear(256, num_classes)

    def forward(self, x):
        # x: N x 3 x 64 x 64
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer1(out)
        out = self.layer2(out)
        out = self.layer3(out)
        out = self.layer4(out)
        out = F.avg_pool2d(out, 4)  # expect: R132
        out = out.view(-1, 256)
        return self.linear(out)
