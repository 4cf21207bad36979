# residua-test: wrong target=NonLocalBlock
# What is wrong: y (B x N x C) is reshaped with view(b, c, h, w) without the transpose, so channels and positions are scrambled before the residual sum.
import torch
from torch import nn
import torch.nn.functional as F


class NonLocalBlock(nn.Module):
    '''embedded gaussian non-local block, z = W(y) + x'''

    def __init__(self, in_channels, inter_channels=None, sub_sample=True):
        super(NonLocalBlock, self).__init__()
        self.inter_channels = inter_channels or max(in_channels // 2, 1)

        self.g = nn.Conv2d(in_channels, self.inter_channels, 1)
        self.theta = nn.Conv2d(in_channels, self.inter_channels, 1)
        self.phi = nn.Conv2d(in_channels, self.inter_channels, 1)
        if sub_sample:
            self.g = nn.Sequential(self.g, nn.MaxPool2d(2))
            self.phi = nn.Sequential(self.phi, nn.MaxPool2d(2))

        self.W = nn.Sequential(
            nn.Conv2d(self.inter_channels, in_channels, 1),
            nn.BatchNorm2d(in_channels)
        )
        nn.init.constant_(self.W[1].weight, 0)
        nn.init.constant_(self.W[1].bias, 0)

    def forward(self, x):
        b, _, h, w = x.size()
        c = self.inter_channels

        g_x = self.g(x).view(b, c, -1).permute(0, 2, 1)
        theta_x = self.theta(x).view(b, c, -1).permute(0, 2, 1)
        phi_x = self.phi(x).view(b, c, -1)

        f = torch.matmul(theta_x, phi_x)
        f_div_C = F.softmax(f, dim=-1)

        y = torch.matmul(f_div_C, g_x)
        y = y.contiguous().view(b, c, h, w)  # expect: R164
        z = self.W(y) + x
        return z
