# residua-test: wrong target=HeartNet1D
# What is wrong: The pooled skip has floor(L/2) samples and the strided conv ceil(L/2): the sum fails for the odd length 187.
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock1d(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, kernel=3):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv1d(inplanes, planes, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(planes)
        self.conv2 = nn.Conv1d(planes, planes, kernel, padding=kernel // 2, bias=False)
        self.bn2 = nn.BatchNorm1d(planes)
        self.match = nn.Conv1d(inplanes, planes, 1, bias=False) if inplanes != planes else None  # found: R118

    def forward(self, x):
        identity = x
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.stride > 1:
            identity = F.max_pool1d(identity, self.stride)  # expect: R148
        if self.match is not None:
            identity = self.match(identity)
        return F.relu(out + identity)


class HeartNet1D(nn.Module):
    """Single heartbeats of MIT-BIH (kaggle csv): batch x 1 x 187 -> 5 classes"""

    def __init__(self, num_classes=5):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 32, kernel_size=7, stride=1, padding=3, bias=False)
        self.bn1 = nn.BatchNorm1d(32)
        self.layer1 = BasicBlock1d(32, 32)
        self.layer2 = BasicBlock1d(32, 64, stride=2)
        self.layer3 = BasicBlock1d(64, 64, stride=2)
        self.avgpool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.avgpool(x).flatten(1)
        return self.fc(x)
