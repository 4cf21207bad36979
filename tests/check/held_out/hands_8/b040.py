# residua-test: wrong target=WaveNetLite
# What is wrong: the skip outputs are overwritten in the loop (skip_sum = s) instead of summed, so only the last layer's skip reaches the output
import torch
import torch.nn as nn
import torch.nn.functional as F

class WaveNetLite(nn.Module):
    """residual + skip stack, output = post(sum of all skips)"""
    def __init__(self, in_channels=1, residual_channels=16, skip_channels=24, out_channels=32,
                 layers=4, kernel_size=2):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilations = [2 ** i for i in range(layers)]
        self.start = nn.Conv1d(in_channels, residual_channels, 1)
        self.dil = nn.ModuleList()
        self.res = nn.ModuleList()
        self.skp = nn.ModuleList()
        for d in self.dilations:
            self.dil.append(nn.Conv1d(residual_channels, 2 * residual_channels, kernel_size, dilation=d))
            if d != self.dilations[-1]:  # the last one only feeds the skips
                self.res.append(nn.Conv1d(residual_channels, residual_channels, 1))
            self.skp.append(nn.Conv1d(residual_channels, skip_channels, 1))
        self.post1 = nn.Conv1d(skip_channels, skip_channels, 1)
        self.post2 = nn.Conv1d(skip_channels, out_channels, 1)

    def forward(self, x):
        h = self.start(x)
        skip_sum = torch.zeros_like(self.skp[0](h))  # found: R155
        for i, d in enumerate(self.dilations):
            z = self.dil[i](F.pad(h, ((self.kernel_size - 1) * d, 0)))
            f, g = z.chunk(2, dim=1)
            z = torch.tanh(f) * torch.sigmoid(g)
            s = self.skp[i](z)
            skip_sum = s  # expect: R155
            if i < len(self.res):
                h = h + self.res[i](z)
        y = self.post1(F.relu(skip_sum))
        return self.post2(F.relu(y))
