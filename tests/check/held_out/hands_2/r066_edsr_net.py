# residua-test: right target=EDSR
import torch
import torch.nn as nn


class MeanShift(nn.Module):
    def __init__(self, sign):
        super().__init__()
        self.register_buffer("mean", sign * torch.tensor([0.4488, 0.4371, 0.4040]).view(1, 3, 1, 1))

    def forward(self, x):
        return x + self.mean


class ResBlock(nn.Module):
    def __init__(self, nf, res_scale):
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1)
        self.res_scale = res_scale

    def forward(self, x):
        return x + self.res_scale * self.conv2(torch.relu(self.conv1(x)))


class EDSR(nn.Module):
    def __init__(self, n_resblocks=4, n_feats=32, scale=2, res_scale=0.1):
        super().__init__()
        self.sub_mean, self.add_mean = MeanShift(-1), MeanShift(1)
        self.head = nn.Conv2d(3, n_feats, 3, padding=1)
        body = [ResBlock(n_feats, res_scale) for _ in range(n_resblocks)]
        body.append(nn.Conv2d(n_feats, n_feats, 3, padding=1))
        self.body = nn.Sequential(*body)
        self.tail = nn.Sequential(nn.Conv2d(n_feats, n_feats * scale ** 2, 3, padding=1),
                                  nn.PixelShuffle(scale), nn.Conv2d(n_feats, 3, 3, padding=1))

    def forward(self, x):
        x = self.head(self.sub_mean(x))
        res = self.body(x)
        res += x
        return self.add_mean(self.tail(res))
