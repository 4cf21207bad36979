# residua-test: right target=PreActNormFree style='pre-activation basic'
import torch
import torch.nn as nn
import torch.nn.functional as F


class PreActNormFree(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1, alpha=0.2, beta=1.0):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, stride, 1)
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, 1, 1)
        self.gain = nn.Parameter(torch.zeros(()))
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch or stride != 1 else None
        self.stride = stride

    def forward(self, x):
        out = F.gelu(x) * self.beta
        s = x
        if self.skip is not None:
            s = self.skip(F.avg_pool2d(out, self.stride, ceil_mode=True) if self.stride > 1 else out)
        out = self.conv2(F.gelu(self.conv1(out)))
        return out * self.gain * self.alpha + s
