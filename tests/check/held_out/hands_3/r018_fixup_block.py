# residua-test: right target=FixupBasicBlock
import torch
import torch.nn as nn


def conv3x3(i, o, stride=1):
    return nn.Conv2d(i, o, kernel_size=3, stride=stride, padding=1, bias=False)


class FixupBasicBlock(nn.Module):
    """Fixup: no normalisation, scalar biases, zero-initialised second conv."""
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, num_layers=8):
        super(FixupBasicBlock, self).__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.relu = nn.ReLU(inplace=True)
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = conv3x3(planes, planes)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.shortcut = None
        if stride != 1 or inplanes != planes:
            self.shortcut = nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False)
        nn.init.normal_(self.conv1.weight, mean=0,
                        std=(2 / (planes * 9)) ** 0.5 * num_layers ** (-0.5))
        nn.init.constant_(self.conv2.weight, 0)

    def forward(self, x):
        biased = x + self.bias1a
        out = self.conv1(biased)
        out = self.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        identity = x if self.shortcut is None else self.shortcut(biased)
        out += identity
        return self.relu(out)
