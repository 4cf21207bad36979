# residua-test: right target=PreActUnit
import torch
import torch.nn as nn


class PreActUnit(nn.Module):
    def __init__(self, n_in, n_out, stride=1, dropRate=0.0):
        super(PreActUnit, self).__init__()
        self.bn1 = nn.BatchNorm2d(n_in)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(n_in, n_out, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(n_out, n_out, kernel_size=3, stride=1, padding=1, bias=False)
        self.drop = nn.Dropout(dropRate)
        self.same = n_in == n_out and stride == 1
        self.convShortcut = None if self.same else nn.Conv2d(n_in, n_out, kernel_size=1, stride=stride, bias=False)

    def forward(self, x):
        pre = self.relu1(self.bn1(x))
        out = self.conv1(pre)
        out = self.relu2(self.bn2(out))
        out = self.conv2(self.drop(out))
        return torch.add(x if self.same else self.convShortcut(pre), out)
