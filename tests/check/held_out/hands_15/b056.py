# residua-test: wrong target=InputTransition
# What is wrong: the copies of the one-channel volume are concatenated along the batch and not along the channels, so the sum broadcasts to a wrong batch or fails
import torch
import torch.nn as nn


class InputTransition(nn.Module):
    """ first stage of V-Net: 5x5x5 conv to `outChans` maps, the input volume is
    repeated on the channels and added """

    def __init__(self, outChans=16, elu=True):
        super(InputTransition, self).__init__()
        self.outChans = outChans
        self.conv1 = nn.Conv3d(1, outChans, kernel_size=5, padding=2)
        self.bn1 = nn.BatchNorm3d(outChans)
        self.relu1 = nn.ELU() if elu else nn.PReLU(outChans)

    def forward(self, x):
        # x is N x 1 x D x H x W
        out = self.bn1(self.conv1(x))
        x16 = torch.cat([x] * self.outChans, 0)  # expect: R133
        out = self.relu1(torch.add(out, x16))
        return out
