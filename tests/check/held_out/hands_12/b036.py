# residua-test: wrong target=PreActBlock
# What is wrong: the in-place ReLU at the head of the residual branch overwrites x before the shortcut reads it, so the skip carries relu(x) and the caller's tensor is changed
import torch
import torch.nn as nn


class PreActBlock(nn.Module):
    def __init__(self, in_chan, out_chan, stride=1):
        super(PreActBlock, self).__init__()
        self.in_chan = in_chan
        self.out_chan = out_chan
        self.stride = stride
        self.residual = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(in_chan, out_chan, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_chan),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_chan, out_chan, kernel_size=3, stride=1, padding=1, bias=False),
            nn.BatchNorm2d(out_chan),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_chan, out_chan, kernel_size=1, stride=stride, bias=False),
            nn.BatchNorm2d(out_chan),
        ) if (stride != 1 or in_chan != out_chan) else None

    def forward(self, x):
        resd = self.residual(x)
        if self.shortcut is not None:
            sc = self.shortcut(x)
        else:
            sc = x
        out = resd + sc
        return out
