# residua-test: right target=VideoResNet10
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


def downsample_basic_block(x, planes, stride):
    out = F.avg_pool3d(x, kernel_size=1, stride=stride)
    zero_pads = torch.zeros(out.size(0), planes - out.size(1), out.size(2), out.size(3), out.size(4),
                            dtype=out.dtype, device=out.device)
    return torch.cat([out, zero_pads], dim=1)


class BasicBlock3d(nn.Module):
    def __init__(self, in_planes, planes, stride=1, shortcut=None):
        super().__init__()
        self.conv1 = nn.Conv3d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = nn.Conv3d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = shortcut

    def forward(self, x):
        residual = x if self.shortcut is None else self.shortcut(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += residual
        return self.relu(out)


class VideoResNet10(nn.Module):
    def __init__(self, n_input_channels=3, widths=(8, 16, 32, 64), conv1_t_stride=1, n_classes=12):
        super().__init__()
        self.conv1 = nn.Conv3d(n_input_channels, widths[0], (7, 7, 7), (conv1_t_stride, 2, 2), (3, 3, 3), bias=False)
        self.bn1 = nn.BatchNorm3d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        stages = []
        prev = widths[0]
        for i, w in enumerate(widths):
            stride = 1 if i == 0 else 2
            sc = None
            if stride != 1 or prev != w:
                sc = partial(downsample_basic_block, planes=w, stride=stride)
            stages.append(BasicBlock3d(prev, w, stride, sc))
            prev = w
        self.stages = nn.Sequential(*stages)
        self.fc = nn.Linear(prev, n_classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.stages(x)
        x = x.mean(dim=(2, 3, 4))
        return self.fc(x)
