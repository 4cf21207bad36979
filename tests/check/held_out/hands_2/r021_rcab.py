# residua-test: right target=RCAB
import torch
import torch.nn as nn


class CALayer(nn.Module):
    def __init__(self, channel, reduction=4):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv_du = nn.Sequential(
            nn.Conv2d(channel, channel // reduction, 1, padding=0, bias=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel // reduction, channel, 1, padding=0, bias=True),
            nn.Sigmoid())

    def forward(self, x):
        y = self.conv_du(self.avg_pool(x))
        return x * y


class RCAB(nn.Module):
    """Residual channel attention block (RCAN)."""

    def __init__(self, n_feat, kernel_size=3, reduction=4):
        super().__init__()
        body = [nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2),
                nn.ReLU(True),
                nn.Conv2d(n_feat, n_feat, kernel_size, padding=kernel_size // 2)]
        body.append(CALayer(n_feat, reduction))
        self.body = nn.Sequential(*body)

    def forward(self, x):
        res = self.body(x)
        res += x
        return res
