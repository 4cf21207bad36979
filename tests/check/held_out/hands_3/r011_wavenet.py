# residua-test: right target=WaveNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class WaveNet(nn.Module):
    def __init__(self, in_ch, res_ch=32, skip_ch=64, stacks=2, layers=5, kernel_size=2):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilations = [2 ** i for _ in range(stacks) for i in range(layers)]
        n = len(self.dilations)
        self.front = nn.Conv1d(in_ch, res_ch, 1)
        self.gated = nn.ModuleList([nn.Conv1d(res_ch, 2 * res_ch, kernel_size, dilation=d) for d in self.dilations])
        # the residual output of the last layer has no consumer
        self.res = nn.ModuleList([nn.Conv1d(res_ch, res_ch, 1) for _ in range(n - 1)])
        self.skip = nn.ModuleList([nn.Conv1d(res_ch, skip_ch, 1) for _ in range(n)])
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(skip_ch, skip_ch, 1), nn.ReLU(), nn.Conv1d(skip_ch, in_ch, 1))

    def forward(self, x):
        x = self.front(x)
        skips = []
        for i, d in enumerate(self.dilations):
            h = F.pad(x, ((self.kernel_size - 1) * d, 0))
            a, b = self.gated[i](h).chunk(2, dim=1)
            z = torch.tanh(a) * torch.sigmoid(b)
            skips.append(self.skip[i](z))
            if i < len(self.res):
                x = x + self.res[i](z)
        return self.post(torch.stack(skips).sum(dim=0))
