# residua-test: wrong target=Padded right=blocks/padded_with_gradient
import torch
import torch.nn.functional as F
from torch import nn


def shrink(x, out, stride):
    x = F.avg_pool2d(x, 1, stride)
    zeros = torch.zeros(x.shape[0], out - x.shape[1], *x.shape[2:], device=x.device)
    return torch.cat([x.data, zeros], 1)  # expect: R127


class Padded(nn.Module):
    def __init__(self, inplanes=16, planes=32, stride=2):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.planes, self.stride = planes, stride
        self.changes = stride != 1 or inplanes != planes

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (shrink(x, self.planes, self.stride) if self.changes else x))
