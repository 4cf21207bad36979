# residua-test: right target=ImpalaEncoder
import torch
import torch.nn as nn


class ResUnit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv0 = nn.Conv2d(ch, ch, 3, padding=1)
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        y = nn.functional.relu(x)
        y = self.conv0(y)
        y = nn.functional.relu_(y)
        return self.conv1(y) + x


class ConvSequence(nn.Module):
    def __init__(self, shape, out_ch):
        super().__init__()
        c, h, w = shape
        self.conv = nn.Conv2d(c, out_ch, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.res0, self.res1 = ResUnit(out_ch), ResUnit(out_ch)
        self.out_shape = (out_ch, (h + 1) // 2, (w + 1) // 2)

    def forward(self, x):
        return self.res1(self.res0(self.pool(self.conv(x))))


class ImpalaEncoder(nn.Module):
    def __init__(self, obs_shape=(3, 64, 64), chans=(16, 32, 32), out=256):
        super().__init__()
        seqs, shape = [], obs_shape
        for c in chans:
            s = ConvSequence(shape, c)
            shape = s.out_shape
            seqs.append(s)
        self.seqs = nn.Sequential(*seqs)
        self.dense = nn.Linear(shape[0] * shape[1] * shape[2], out)

    def forward(self, x):
        x = x.float() / 255.0
        x = torch.relu(self.seqs(x))
        return torch.relu(self.dense(torch.flatten(x, start_dim=1)))
