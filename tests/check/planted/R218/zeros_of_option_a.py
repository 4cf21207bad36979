# residua-test: wrong target=Block right=blocks/kernel_in_buffer slow
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_ch, out_ch, 3, stride, 1, bias=False), nn.BatchNorm2d(out_ch)
        self.conv2, self.bn2 = nn.Conv2d(out_ch, out_ch, 3, 1, 1, bias=False), nn.BatchNorm2d(out_ch)
        self.extra = out_ch - in_ch
        self.stride = stride

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        s = x[:, :, :: self.stride, :: self.stride]
        if self.extra > 0:
            pad = torch.zeros(s.size(0), self.extra, s.size(2), s.size(3))  # expect: R218
            s = torch.cat([s, pad], 1)
        return F.relu(y + s)
