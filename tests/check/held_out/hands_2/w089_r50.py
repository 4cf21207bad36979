# residua-test: wrong target=resnet50
# What is wrong: resnet50 is built from basic blocks: this is ResNet-34
from torch import nn


def cba(i, o, k, s=1, act=True):
    m = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*(m + [nn.ReLU(inplace=True)] if act else m))


class Base(nn.Module):
    def finish(self, i, o, s):
        self.short = cba(i, o, 1, s, act=False) if i != o or s != 1 else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.branch(x) + self.short(x))


class BasicBlock(Base):
    expansion = 1

    def __init__(self, i, planes, s=1):
        super().__init__()
        self.branch = nn.Sequential(cba(i, planes, 3, s), cba(planes, planes, 3, act=False))
        self.finish(i, planes, s)


class Bottleneck(Base):
    expansion = 4

    def __init__(self, i, planes, s=1):
        super().__init__()
        self.branch = nn.Sequential(cba(i, planes, 1), cba(planes, planes, 3, s), cba(planes, planes * 4, 1, act=False))
        self.finish(i, planes * 4, s)


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=1000):
        super().__init__()
        mods, c = [cba(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)], 64
        for k, n in enumerate(layers):
            for j in range(n):
                mods.append(block(c, 64 << k, 2 if k and not j else 1))
                c = (64 << k) * block.expansion
        self.features = nn.Sequential(*mods)
        self.classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, num_classes))

    def forward(self, x):
        return self.classifier(self.features(x))


def resnet34(num_classes=1000):
    return ResNet(BasicBlock, [3, 4, 6, 3], num_classes)


def resnet50(num_classes=1000):  # expect
    return ResNet(BasicBlock, [3, 4, 6, 3], num_classes)  # expect: R140
