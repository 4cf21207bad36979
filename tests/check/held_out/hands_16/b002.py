# residua-test: right target=PointMLPStage
import torch
import torch.nn as nn


def get_activation(name):
    return {'relu': nn.ReLU(inplace=True), 'gelu': nn.GELU(), 'leakyrelu': nn.LeakyReLU(inplace=True)}[name]


class ConvBNReLURes1D(nn.Module):
    def __init__(self, channel, kernel_size=1, groups=1, res_expansion=1.0, bias=True, activation='relu'):
        super().__init__()
        self.act = get_activation(activation)
        hid = int(channel * res_expansion)
        self.net1 = nn.Sequential(
            nn.Conv1d(channel, hid, kernel_size, groups=groups, bias=bias),
            nn.BatchNorm1d(hid),
            get_activation(activation),
        )
        self.net2 = nn.Sequential(
            nn.Conv1d(hid, channel, kernel_size, bias=bias),
            nn.BatchNorm1d(channel),
        )

    def forward(self, x):
        return self.act(self.net2(self.net1(x)) + x)


class PointMLPStage(nn.Module):
    """grouped points (b, n groups, k neighbours, c) -> one feature per group, (b, out, n)"""

    def __init__(self, in_ch, out_ch, pre_blocks=1, pos_blocks=1, res_expansion=1.0, activation='relu'):
        super().__init__()
        self.transfer = nn.Sequential(
            nn.Conv1d(in_ch, out_ch, 1, bias=False), nn.BatchNorm1d(out_ch), get_activation(activation)
        )
        self.pre = nn.Sequential(
            *[ConvBNReLURes1D(out_ch, res_expansion=res_expansion, activation=activation) for _ in range(pre_blocks)]
        )
        self.pos = nn.Sequential(
            *[ConvBNReLURes1D(out_ch, res_expansion=res_expansion, activation=activation) for _ in range(pos_blocks)]
        )

    def forward(self, x):
        b, n, k, d = x.size()
        x = x.permute(0, 1, 3, 2).reshape(b * n, d, k)
        x = self.pre(self.transfer(x))
        x = x.max(dim=-1)[0]              # over the k neighbours
        x = x.reshape(b, n, -1).permute(0, 2, 1)
        return self.pos(x)
