# residua-test: wrong target=PreActStage
# What is wrong: The identity is taken with detach(), so no gradient flows back through the skip; the shortcut gives no gradient path through the stage.
import torch
import torch.nn as nn


class PreActBlock(nn.Module):
    def __init__(self, planes):
        super(PreActBlock, self).__init__()
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)

    def forward(self, x):
        # keep a copy of the input, the relus work in place
        identity = x.detach().clone()  # expect: R127
        out = self.conv1(self.relu1(self.bn1(x)))
        out = self.conv2(self.relu2(self.bn2(out)))
        out += identity
        return out


class PreActStage(nn.Module):
    def __init__(self, planes=16, blocks=4):
        super(PreActStage, self).__init__()
        self.blocks = nn.Sequential(*[PreActBlock(planes) for _ in range(blocks)])
        self.bn = nn.BatchNorm2d(planes)

    def forward(self, x):
        return torch.relu(self.bn(self.blocks(x)))
