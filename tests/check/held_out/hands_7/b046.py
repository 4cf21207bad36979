# residua-test: wrong target=VQEncoder
# What is wrong: The block's leading ReLU is in-place, so the tensor added as the skip is relu(input) instead of the input (negative values of the skip are lost).
import torch
from torch import nn


class ResBlk(nn.Module):
    """relu -> 3x3 -> relu -> 1x1, added to the (un-activated) input"""

    def __init__(self, ch, hidden):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(inplace=True),  # expect: R108
            nn.Conv2d(ch, hidden, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, ch, 1),
        )

    def forward(self, inp):
        out = self.body(inp)
        out += inp
        return out


class VQEncoder(nn.Module):
    def __init__(self, in_ch=3, ch=64, n_res=2, hidden=32, stride=4):
        super().__init__()
        if stride == 4:
            layers = [
                nn.Conv2d(in_ch, ch // 2, 4, stride=2, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(ch // 2, ch, 4, stride=2, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(ch, ch, 3, padding=1),
            ]
        else:
            layers = [
                nn.Conv2d(in_ch, ch // 2, 4, stride=2, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(ch // 2, ch, 3, padding=1),
            ]
        for _ in range(n_res):
            layers.append(ResBlk(ch, hidden))
        layers.append(nn.ReLU(inplace=True))
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)
