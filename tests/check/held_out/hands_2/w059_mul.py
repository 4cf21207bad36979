# residua-test: wrong target=ConvRes
# What is wrong: the shortcut is multiplied in instead of added
import torch
import torch.nn as nn


class ConvRes(nn.Module):
    def __init__(self, inC, outC, stride=1):
        super(ConvRes, self).__init__()
        self.left = nn.Sequential(
            nn.Conv2d(inC, outC, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outC),
            nn.ReLU(inplace=True),
            nn.Conv2d(outC, outC, kernel_size=3, stride=1, padding=1, bias=False),
            nn.BatchNorm2d(outC)
        )
        self.right = nn.Sequential()
        if stride != 1 or inC != outC:
            self.right = nn.Sequential(
                nn.Conv2d(inC, outC, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(outC)
            )

    def forward(self, x):
        out = self.left(x)
        shortcut = self.right(x)
        out *= shortcut  # expect: R102
        out = torch.relu(out)
        return out
