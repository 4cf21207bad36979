# residua-test: right target=MRF
import torch
import torch.nn as nn


class _Stack(nn.Module):
    def __init__(self, channels, kernel, dilations, slope, double):
        super().__init__()
        self.branches = nn.ModuleList()
        for d in dilations:
            seq = [
                nn.LeakyReLU(slope),
                nn.Conv1d(channels, channels, kernel, dilation=d, padding=d * (kernel - 1) // 2),
            ]
            if double:
                seq += [
                    nn.LeakyReLU(slope, inplace=True),
                    nn.Conv1d(channels, channels, kernel, padding=(kernel - 1) // 2),
                ]
            self.branches.append(nn.Sequential(*seq))

    def forward(self, x):
        for branch in self.branches:
            x = branch(x) + x
        return x


class MRF(nn.Module):
    """mean over several kernel sizes, all reading the same x"""

    def __init__(self, channels, kernels=(3, 7, 11), dilations=(1, 3, 5), slope=0.1, double=True):
        super().__init__()
        assert all(k % 2 == 1 for k in kernels)
        self.stacks = nn.ModuleList([_Stack(channels, k, dilations, slope, double) for k in kernels])

    def forward(self, x):
        cs = 0.0
        for s in self.stacks:
            cs = cs + s(x)
        return cs / len(self.stacks)
