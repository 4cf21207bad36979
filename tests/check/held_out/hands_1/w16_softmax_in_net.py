# residua-test: wrong target=MiniResNet
# What is wrong: softmax inside the model output
import torch.nn as nn
import torch.nn.functional as F

class BB(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, s, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.sc = nn.Sequential()
        if s != 1 or i != o:
            self.sc = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o))
    def forward(self, x):
        o = F.relu(self.bn1(self.conv1(x)))
        o = self.bn2(self.conv2(o)) + self.sc(x)
        return F.relu(o)

class MiniResNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s1 = nn.Sequential(BB(16, 16, 1), BB(16, 16, 1))
        self.s2 = nn.Sequential(BB(16, 32, 2), BB(32, 32, 1))
        self.s3 = nn.Sequential(BB(32, 64, 2), BB(64, 64, 1))
        self.fc = nn.Linear(64, num_classes)
    def forward(self, x):
        x = self.s3(self.s2(self.s1(self.stem(x))))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return F.softmax(self.fc(x), dim=1)  # expect: R134
