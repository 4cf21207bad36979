# residua-test: right target=NonLocal style='linear-output basic'
import torch
import torch.nn as nn


class NonLocal(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        k = in_channels // 2
        self.q, self.k, self.v, self.o = nn.Conv2d(in_channels, k, 1), nn.Conv2d(in_channels, k, 1), nn.Conv2d(in_channels, k, 1), nn.Conv2d(k, in_channels, 1)

    def forward(self, x):
        b, _, h, w = x.shape
        q, k, v = (f(x).flatten(2) for f in (self.q, self.k, self.v))
        a = torch.softmax(q.transpose(1, 2) @ k, -1)
        y = (v @ a.transpose(1, 2)).view(b, -1, h, w)
        return x + self.o(y)
