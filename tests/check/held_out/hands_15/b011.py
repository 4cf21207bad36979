# residua-test: right target=DownTransition
import torch
import torch.nn as nn


def ELUCons(elu, nchan):
    return nn.ELU() if elu else nn.PReLU(nchan)


class LUConv(nn.Module):
    def __init__(self, nchan, elu):
        super(LUConv, self).__init__()
        self.relu1 = ELUCons(elu, nchan)
        self.conv1 = nn.Conv3d(nchan, nchan, kernel_size=5, padding=2)
        self.norm = nn.InstanceNorm3d(nchan, affine=True)

    def forward(self, x):
        return self.relu1(self.norm(self.conv1(x)))


def make_nConv(nchan, depth, elu):
    return nn.Sequential(*[LUConv(nchan, elu) for _ in range(depth)])


class DownTransition(nn.Module):
    def __init__(self, inChans, nConvs, elu=True, dropout=True):
        super(DownTransition, self).__init__()
        outChans = 2 * inChans
        self.down_conv = nn.Conv3d(inChans, outChans, kernel_size=2, stride=2)
        self.norm1 = nn.InstanceNorm3d(outChans, affine=True)
        self.do1 = nn.Dropout3d() if dropout else nn.Identity()
        self.relu1 = ELUCons(elu, outChans)
        self.relu2 = ELUCons(elu, outChans)
        self.ops = make_nConv(outChans, nConvs, elu)

    def forward(self, x):
        down = self.relu1(self.norm1(self.down_conv(x)))
        out = self.ops(self.do1(down))
        return self.relu2(torch.add(out, down))
