# residua-test: right target=BasicBlock3D
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock3D(nn.Module):
    def __init__(self, in_planes, planes, stride=1, shortcut_type="A"):
        super().__init__()
        self.stride, self.planes, self.kind = stride, planes, shortcut_type
        self.conv1 = nn.Conv3d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(planes)
        self.conv2 = nn.Conv3d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.change = stride != 1 or in_planes != planes
        if self.change and shortcut_type == "B":
            self.proj = nn.Sequential(nn.Conv3d(in_planes, planes, 1, stride=stride, bias=False), nn.BatchNorm3d(planes))

    def _identity(self, x):
        if not self.change:
            return x
        if self.kind == "B":
            return self.proj(x)
        x = F.avg_pool3d(x, kernel_size=1, stride=self.stride)
        zeros = x.new_zeros(x.size(0), self.planes - x.size(1), *x.shape[2:])
        return torch.cat([x, zeros], dim=1)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self._identity(x)
        return self.relu(out)
