# residua-test: right target=PreActBlock1d args=in_planes=32,planes=64,stride=2
"""Préactivation 1D pour signaux ECG (12 dérivations)."""
import torch.nn as nn
import torch.nn.functional as F


class PreActBlock1d(nn.Module):
    '''Pre-activation version of the BasicBlock.'''
    expansion = 1

    def __init__(self, in_planes, planes, stride=1, kernel_size=15, p_drop=0.2):
        super(PreActBlock1d, self).__init__()
        pad = kernel_size // 2
        self.bn1 = nn.BatchNorm1d(in_planes)
        self.conv1 = nn.Conv1d(in_planes, planes, kernel_size, stride=stride, padding=pad, bias=False)
        self.bn2 = nn.BatchNorm1d(planes)
        self.drop = nn.Dropout(p_drop)
        self.conv2 = nn.Conv1d(planes, planes, kernel_size, stride=1, padding=pad, bias=False)

        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv1d(in_planes, self.expansion * planes, kernel_size=1, stride=stride, bias=False)
            )

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = self.shortcut(out) if hasattr(self, 'shortcut') else x
        out = self.conv1(out)
        out = self.conv2(self.drop(F.relu(self.bn2(out))))
        out += shortcut
        return out
