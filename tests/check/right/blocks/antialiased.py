# residua-test: right target=Antialiased style='post-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class Antialiased(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inplanes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes)
        k = torch.tensor([1.0, 2.0, 1.0])
        self.register_buffer("filt", (k[:, None] * k[None] / 16).repeat(planes, 1, 1, 1))
        self.register_buffer("filt_in", (k[:, None] * k[None] / 16).repeat(inplanes, 1, 1, 1))
        self.stride = stride
        self.proj = nn.Sequential(nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes)) if stride != 1 or inplanes != planes else None

    def blur(self, x, f):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), f, stride=self.stride, groups=x.shape[1])

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        if self.stride > 1:
            out = self.blur(out, self.filt)
        out = self.bn2(self.conv2(out))
        s = x
        if self.proj is not None:
            s = self.proj(self.blur(x, self.filt_in) if self.stride > 1 else x)
        return F.relu(out + s)
