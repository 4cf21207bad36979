# residua-test: right target=RCAB style='linear-output basic'
import torch.nn as nn


class RCAB(nn.Module):
    def __init__(self, n_feat, reduction=16):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(n_feat, n_feat, 3, padding=1), nn.ReLU(True), nn.Conv2d(n_feat, n_feat, 3, padding=1))
        self.ca = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(n_feat, n_feat // reduction, 1), nn.ReLU(True), nn.Conv2d(n_feat // reduction, n_feat, 1), nn.Sigmoid())

    def forward(self, x):
        res = self.body(x)
        res = res * self.ca(res)
        res += x
        return res
