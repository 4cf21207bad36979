# residua-test: right target=HighwayConvStack
import torch
import torch.nn as nn
import torch.nn.functional as F


class HighwayConv1d(nn.Module):
    """Hc layer from DCTTS; d_in == d_out, so no projection"""

    def __init__(self, d, kernel_size, dilation=1, causal=False, p=0.05):
        super(HighwayConv1d, self).__init__()
        total = (kernel_size - 1) * dilation
        self.pads = (total, 0) if causal else (total // 2, total - total // 2)
        self.conv = nn.Conv1d(d, 2 * d, kernel_size, dilation=dilation)
        self.p = p
        # start by carrying the input through
        nn.init.constant_(self.conv.bias[:d], -1.)

    def forward(self, x):
        H1, H2 = self.conv(F.pad(x, self.pads)).chunk(2, dim=1)
        T = torch.sigmoid(H1)
        H = F.dropout(torch.tanh(H2), self.p, training=self.training)
        return T * H + (1. - T) * x


class HighwayConvStack(nn.Module):
    def __init__(self, d, kernel_size=3, dilations=(1, 3, 9), causal=True):
        super(HighwayConvStack, self).__init__()
        self.layers = nn.Sequential(*[HighwayConv1d(d, kernel_size, dl, causal) for dl in dilations])

    def forward(self, x):
        return self.layers(x)
