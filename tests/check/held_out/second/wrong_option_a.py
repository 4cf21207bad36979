# residua-test: wrong target=WrongOptionA
import torch.nn as nn
import torch.nn.functional as F


class WrongOptionA(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes)
        self.planes, self.stride, self.in_planes = planes, stride, in_planes

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1 or self.in_planes != self.planes:
            x = F.pad(x[:, ::2, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.planes - self.in_planes // 2))  # expect: R143
        return F.relu(out + x)
