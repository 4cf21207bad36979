# residua-test: wrong target=FlowResNet
# What is wrong: the causal crop out[:, :, :-self.padding] is an empty slice when padding is 0 (kernel 1 or non-causal use): the 1x1 front convolution returns length 0
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class Conv(nn.Module):
    """left padded (causal) 1-d conv that keeps the length"""

    def __init__(self, in_channels, out_channels, kernel_size=3, dilation=1):
        super(Conv, self).__init__()
        self.padding = dilation * (kernel_size - 1)
        self.conv = nn.Conv1d(in_channels, out_channels, kernel_size, dilation=dilation, padding=self.padding)
        nn.init.kaiming_normal_(self.conv.weight)

    def forward(self, tensor):
        out = self.conv(tensor)
        out = out[:, :, :-self.padding]  # expect: R230
        return out


class ResBlock(nn.Module):
    def __init__(self, channels, gate_channels, kernel_size, dilation, last=False):
        super(ResBlock, self).__init__()
        self.last = last
        self.filter_conv = Conv(channels, gate_channels, kernel_size, dilation)
        self.gate_conv = Conv(channels, gate_channels, kernel_size, dilation)
        if not last:
            self.res_conv = nn.Conv1d(gate_channels, channels, 1)
        self.skip_conv = nn.Conv1d(gate_channels, channels, 1)

    def forward(self, tensor):
        out = torch.tanh(self.filter_conv(tensor)) * torch.sigmoid(self.gate_conv(tensor))
        skip = self.skip_conv(out)
        if self.last:
            return tensor, skip
        return (tensor + self.res_conv(out)) * math.sqrt(0.5), skip


class FlowResNet(nn.Module):
    def __init__(self, in_channels=4, out_channels=8, num_layers=3, channels=16, kernel_size=3):
        super(FlowResNet, self).__init__()
        self.front_conv = nn.Sequential(Conv(in_channels, channels, 1), nn.ReLU())
        self.res_blocks = nn.ModuleList([ResBlock(channels, channels, kernel_size, 2 ** n,
                                                  last=(n + 1 == num_layers))
                                         for n in range(num_layers)])
        self.final_conv = nn.Sequential(nn.ReLU(), nn.Conv1d(channels, channels, 1),
                                        nn.ReLU(), nn.Conv1d(channels, out_channels, 1))

    def forward(self, x):
        h = self.front_conv(x)
        skip = 0
        for i, f in enumerate(self.res_blocks):
            h, s = f(h)
            skip = skip + s
        return self.final_conv(skip)
