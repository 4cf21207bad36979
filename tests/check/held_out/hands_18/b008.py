# residua-test: right target=MBConvBlock
import torch
from torch import nn


def drop_connect(inputs, p, training):
    if not training or p == 0:
        return inputs
    keep_prob = 1 - p
    random_tensor = keep_prob + torch.rand([inputs.shape[0], 1, 1, 1], dtype=inputs.dtype, device=inputs.device)
    return inputs / keep_prob * torch.floor(random_tensor)


class MBConvBlock(nn.Module):
    def __init__(self, inp, oup, k=3, s=1, expand_ratio=6, se_ratio=0.25, drop_connect_rate=0.2):
        super().__init__()
        hid = inp * expand_ratio
        self.expand = None
        if expand_ratio != 1:
            self.expand = nn.Sequential(nn.Conv2d(inp, hid, 1, bias=False), nn.BatchNorm2d(hid, 1e-3, 0.01), nn.SiLU())
        self.depthwise = nn.Sequential(
            nn.Conv2d(hid, hid, k, s, k // 2, groups=hid, bias=False), nn.BatchNorm2d(hid, 1e-3, 0.01), nn.SiLU())
        sq = max(1, int(inp * se_ratio))
        self.se = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(hid, sq, 1), nn.SiLU(), nn.Conv2d(sq, hid, 1))
        self.project = nn.Sequential(nn.Conv2d(hid, oup, 1, bias=False), nn.BatchNorm2d(oup, 1e-3, 0.01))
        self.id_skip = s == 1 and inp == oup
        self.p = drop_connect_rate

    def forward(self, inputs):
        x = inputs if self.expand is None else self.expand(inputs)
        x = self.depthwise(x)
        x = torch.sigmoid(self.se(x)) * x
        x = self.project(x)
        if self.id_skip:
            x = drop_connect(x, self.p, self.training) + inputs
        return x
