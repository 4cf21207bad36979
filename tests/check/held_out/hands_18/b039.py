# residua-test: right target=NonLocalBlock3D
import torch
from torch import nn
from torch.nn import functional as F


class NonLocalBlock3D(nn.Module):
    def __init__(self, in_channels, inter_channels=None, sub_sample=True):
        super().__init__()
        self.inter_channels = inter_channels or max(in_channels // 2, 1)
        self.g = nn.Conv3d(in_channels, self.inter_channels, 1)
        self.theta = nn.Conv3d(in_channels, self.inter_channels, 1)
        self.phi = nn.Conv3d(in_channels, self.inter_channels, 1)
        self.W = nn.Sequential(nn.Conv3d(self.inter_channels, in_channels, 1), nn.BatchNorm3d(in_channels))
        nn.init.constant_(self.W[1].weight, 0)
        nn.init.constant_(self.W[1].bias, 0)
        if sub_sample:
            pool = nn.MaxPool3d(kernel_size=(1, 2, 2))
            self.g = nn.Sequential(self.g, pool)
            self.phi = nn.Sequential(self.phi, pool)

    def forward(self, x):
        """x: (b, c, t, h, w)"""
        b = x.size(0)
        g_x = self.g(x).view(b, self.inter_channels, -1).permute(0, 2, 1)
        theta_x = self.theta(x).view(b, self.inter_channels, -1).permute(0, 2, 1)
        phi_x = self.phi(x).view(b, self.inter_channels, -1)
        f_div_C = F.softmax(torch.matmul(theta_x, phi_x), dim=-1)
        y = torch.matmul(f_div_C, g_x).permute(0, 2, 1).contiguous()
        y = y.view(b, self.inter_channels, *x.shape[2:])
        return self.W(y) + x
