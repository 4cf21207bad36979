# residua-test: wrong target=ReIDNet
# What is wrong: torch.squeeze without a dim removes the batch axis of a one-image batch; the classifier's BatchNorm1d then fails (also in eval)
import torch
import torch.nn as nn
from torch.nn import init


def weights_init_kaiming(m):
    name = m.__class__.__name__
    if name.find('Conv2d') != -1:
        init.kaiming_normal_(m.weight, a=0, mode='fan_in')
    elif name.find('Linear') != -1:
        init.kaiming_normal_(m.weight, a=0, mode='fan_out')
        init.constant_(m.bias, 0.0)


class ClassBlock(nn.Module):
    def __init__(self, input_dim, class_num, droprate=0.5, num_bottleneck=128):
        super(ClassBlock, self).__init__()
        self.add_block = nn.Sequential(nn.Linear(input_dim, num_bottleneck),
                                       nn.BatchNorm1d(num_bottleneck),
                                       nn.Dropout(p=droprate))
        self.classifier = nn.Linear(num_bottleneck, class_num)
        self.apply(weights_init_kaiming)

    def forward(self, x):
        return self.classifier(self.add_block(x))


class BasicBlock(nn.Module):
    def __init__(self, inp, out, stride):
        super(BasicBlock, self).__init__()
        self.f = nn.Sequential(nn.Conv2d(inp, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True),
                               nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))
        self.skip = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return torch.relu(self.f(x) + self.skip(x))


class ReIDNet(nn.Module):
    def __init__(self, class_num=751, droprate=0.5):
        super(ReIDNet, self).__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 7, 2, 3, bias=False), nn.BatchNorm2d(32), nn.ReLU(True))
        self.layer1 = BasicBlock(32, 64, 2)
        self.layer2 = BasicBlock(64, 128, 2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.classifier = ClassBlock(128, class_num, droprate)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        x = self.avgpool(x)
        x = torch.squeeze(x)  # expect: R192
        x = self.classifier(x)  # expect
        return x
