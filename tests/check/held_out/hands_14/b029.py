# residua-test: right target=WaveNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNet(nn.Module):
    def __init__(self, in_ch=1, classes=64, layers=6, stacks=2, res_ch=32, skip_ch=48, kernel_size=2):
        super(WaveNet, self).__init__()
        self.kernel_size = kernel_size
        self.dilations = [2 ** i for i in range(layers // stacks)] * stacks
        n = len(self.dilations)

        self.start = nn.Conv1d(in_ch, res_ch, 1)
        self.dil = nn.ModuleList(nn.Conv1d(res_ch, 2 * res_ch, kernel_size, dilation=d) for d in self.dilations)
        self.skip = nn.ModuleList(nn.Conv1d(res_ch, skip_ch, 1) for _ in range(n))
        self.res = nn.ModuleList(nn.Conv1d(res_ch, res_ch, 1) for _ in range(n - 1))
        self.end1 = nn.Conv1d(skip_ch, skip_ch, 1)
        self.end2 = nn.Conv1d(skip_ch, classes, 1)

    def forward(self, x):
        x = self.start(x)
        total = 0
        for i, d in enumerate(self.dilations):
            y = F.pad(x, ((self.kernel_size - 1) * d, 0))
            f, g = self.dil[i](y).chunk(2, dim=1)
            z = torch.tanh(f) * torch.sigmoid(g)
            total = total + self.skip[i](z)
            if i < len(self.res):
                x = (x + self.res[i](z)) * 0.5 ** 0.5
        y = self.end1(F.relu(total))
        return self.end2(F.relu(y))
