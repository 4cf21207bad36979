# residua-test: wrong target=SmallResNet
# What is wrong: the network ends in softmax although it is trained with CrossEntropyLoss, which applies log-softmax itself
"""Train with:  loss = nn.CrossEntropyLoss()(model(images), labels)"""
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
                               nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.b = nn.Identity() if cin == cout and stride == 1 else nn.Sequential(
            nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.a(x) + self.b(x))


class SmallResNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.stages = nn.Sequential(Unit(16, 16, 1), Unit(16, 32, 2), Unit(32, 64, 2))
        self.head = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.stages(self.stem(x)).mean(dim=(2, 3))
        x = self.head(x)
        return torch.softmax(x, dim=1)  # expect: R134

    def loss(self, x, y):
        return self.criterion(self(x), y)
