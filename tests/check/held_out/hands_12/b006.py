# residua-test: right target=WaveNetStack
import torch
import torch.nn as nn


class GatedLayer(nn.Module):
    def __init__(self, res_ch, skip_ch, dilation, last=False):
        super().__init__()
        self.filter = nn.Conv1d(res_ch, res_ch, 2, dilation=dilation)
        self.gate = nn.Conv1d(res_ch, res_ch, 2, dilation=dilation)
        self.skip = nn.Conv1d(res_ch, skip_ch, 1)
        # after the last layer only the skips go on
        self.res = None if last else nn.Conv1d(res_ch, res_ch, 1)

    def forward(self, x):
        z = torch.tanh(self.filter(x)) * torch.sigmoid(self.gate(x))
        s = self.skip(z)
        if self.res is None:
            return None, s
        # no padding: z is shorter, drop the oldest samples of x
        return self.res(z) + x[:, :, -z.size(2):], s


class WaveNetStack(nn.Module):
    def __init__(self, res_ch=16, skip_ch=24, classes=32, layers=5):
        super().__init__()
        dil = [2 ** i for i in range(layers)]
        self.receptive_field = sum(dil) + 1
        self.layers = nn.ModuleList(
            [GatedLayer(res_ch, skip_ch, d, last=(i == layers - 1)) for i, d in enumerate(dil)])
        self.end1 = nn.Conv1d(skip_ch, skip_ch, 1)
        self.end2 = nn.Conv1d(skip_ch, classes, 1)

    def forward(self, x):
        out_len = x.size(2) - self.receptive_field + 1
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s[:, :, -out_len:]
        y = torch.relu(total)
        y = torch.relu(self.end1(y))
        return self.end2(y)
