# residua-test: wrong target=ResidualUnit
# What is wrong: stray trailing comma makes identity a tuple; the add fails
import torch.nn as nn


class ResidualUnit(nn.Module):
    def __init__(self, in_features, out_features, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_features, out_features, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_features)
        self.conv2 = nn.Conv2d(out_features, out_features, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_features)
        self.act = nn.PReLU(out_features)
        self.act2 = nn.PReLU(out_features)
        self.shortcut = nn.Identity()
        if in_features != out_features or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_features, out_features, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_features))

    def forward(self, x):
        identity = self.shortcut(x),  # expect
        out = self.act(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + identity  # expect: R161
        return self.act2(out)
