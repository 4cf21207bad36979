# residua-test: right target=BasicBlock
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1, shortcut_enabled=True, device=None):
        super(BasicBlock, self).__init__()
        self.shortcut_enabled = shortcut_enabled
        kw = dict(bias=False, device=device)
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, **kw)
        self.bn1 = nn.BatchNorm2d(planes, device=device)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=1, padding=1, **kw)
        self.bn2 = nn.BatchNorm2d(planes, device=device)
        if self.shortcut_enabled:
            self.shortcut = nn.Sequential()
            if stride != 1 or in_planes != self.expansion * planes:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(in_planes, self.expansion * planes, 1, stride=stride, **kw),
                    nn.BatchNorm2d(self.expansion * planes, device=device))

    def forward(self, x, verbose=0):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if verbose:
            print(out.shape)
        if self.shortcut_enabled:
            out += self.shortcut(x)
        return F.relu(out)
