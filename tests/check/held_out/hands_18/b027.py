# residua-test: right target=ResUNet1d
import torch
import torch.nn as nn
import torch.nn.functional as F


def cbr(i, o, k=9):
    return nn.Sequential(nn.Conv1d(i, o, k, padding=k // 2), nn.BatchNorm1d(o), nn.LeakyReLU(0.01))


class Enc(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.first = cbr(i, o)
        self.second = nn.Sequential(
            cbr(o, o), nn.Dropout(0.1), nn.Conv1d(o, o, 9, padding=4), nn.BatchNorm1d(o))

    def forward(self, x):
        x = self.first(x)
        return x + self.second(x)


class ResUNet1d(nn.Module):
    """denoise ECG / PPG of any length, predicts the noise and subtracts it"""

    def __init__(self, in_ch=1, base=8, depth=3):
        super().__init__()
        self.depth = depth
        ch = [base * 2 ** d for d in range(depth + 1)]
        self.enc = nn.ModuleList([Enc(a, b) for a, b in zip([in_ch] + ch[:-1], ch)])
        self.ups = nn.ModuleList([nn.ConvTranspose1d(ch[d + 1], ch[d], 2, 2) for d in range(depth)])
        self.dec = nn.ModuleList([Enc(2 * ch[d], ch[d]) for d in range(depth)])
        self.last = nn.Conv1d(base, in_ch, 1)

    def forward(self, sig):
        n = sig.shape[-1]
        extra = -n % (2 ** self.depth)
        x = F.pad(sig, (0, extra))
        keep = []
        for d, e in enumerate(self.enc):
            x = e(x)
            if d < self.depth:
                keep.append(x)
                x = F.avg_pool1d(x, 2)
        for d in reversed(range(self.depth)):
            x = self.dec[d](torch.cat([self.ups[d](x), keep[d]], 1))
        noise = self.last(x)[..., :n]
        return sig - noise
