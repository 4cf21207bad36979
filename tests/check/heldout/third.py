"""A third fresh set; `# HERE` marks the line of a mistake."""

import torch
import torch.nn.functional as F
from torch import nn


class RightCReLU(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(2 * channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv(torch.cat([F.elu(x), F.elu(-x)], 1))


class RightWSGroupNorm(nn.Module):
    def __init__(self, cin, cout=None, stride=1):
        super().__init__()
        cout = cout or cin
        self.gn1, self.gn2 = nn.GroupNorm(32, cin), nn.GroupNorm(32, cout)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        if stride != 1 or cin != cout:
            self.downsample = nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        out = F.relu(self.gn1(x))
        residual = x
        if hasattr(self, "downsample"):
            residual = self.downsample(out)
        return self.conv2(F.relu(self.gn2(self.conv1(out)))) + residual


class RightTwoPathMax(nn.Module):
    def __init__(self, in_features, out_features, stride=1):
        super().__init__()
        self.path = nn.Sequential(nn.Conv2d(in_features, out_features, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(out_features), nn.Hardswish(),
                                  nn.Conv2d(out_features, out_features, 3, padding=1, bias=False), nn.BatchNorm2d(out_features))
        self.bypass = nn.Identity()
        if in_features != out_features or stride > 1:
            self.bypass = nn.Sequential(nn.MaxPool2d(3, stride, 1), nn.Conv2d(in_features, out_features, 1, bias=False), nn.BatchNorm2d(out_features))

    def forward(self, x):
        return F.hardswish(torch.stack([self.path(x), self.bypass(x)]).sum(0))


class RightAdaIN(nn.Module):
    def __init__(self, dim_in, dim_out, style_dim=64):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(dim_in, dim_out, 3, 1, 1), nn.Conv2d(dim_out, dim_out, 3, 1, 1)
        self.fc = nn.Linear(style_dim, dim_in * 2)
        self.norm = nn.InstanceNorm2d(dim_in)
        self.conv1x1 = nn.Conv2d(dim_in, dim_out, 1, bias=False) if dim_in != dim_out else None

    def forward(self, x, s):
        gamma, beta = self.fc(s)[:, :, None, None].chunk(2, 1)
        h = self.conv2(F.leaky_relu(self.conv1(F.leaky_relu((1 + gamma) * self.norm(x) + beta, 0.2)), 0.2))
        if self.conv1x1 is not None:
            x = self.conv1x1(x)
        return (h + x) / 2**0.5


class RightASPPRes(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.branches = nn.ModuleList([nn.Conv2d(nf, nf // 4, 3, padding=d, dilation=d) for d in (1, 2, 4)])
        self.fuse = nn.Conv2d(3 * (nf // 4), nf, 1)

    def forward(self, x):
        return F.relu(x + self.fuse(torch.cat([F.relu(b(x)) for b in self.branches], 1)))


class RightDown3d(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.down = nn.Conv3d(ch, 2 * ch, 2, stride=2)
        self.ops = nn.Sequential(nn.Conv3d(2 * ch, 2 * ch, 5, padding=2), nn.BatchNorm3d(2 * ch), nn.ELU())

    def forward(self, x):
        down = F.elu(self.down(x))
        return F.elu(torch.add(self.ops(down), down))


class WrongDiscardedMethod(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1))

    def forward(self, x):
        y = self.f(x)
        y.add(x)  # HERE
        return F.relu(y)


class WrongReassigned(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.c1 = nn.Conv2d(nin, nout, 3, stride, 1, bias=False)
        self.n1 = nn.BatchNorm2d(nout)
        self.c2 = nn.Conv2d(nout, nout, 3, 1, 1, bias=False)
        self.n2 = nn.BatchNorm2d(nout)
        self.proj = nn.Sequential(nn.Conv2d(nin, nout, 1, stride, bias=False), nn.BatchNorm2d(nout))

    def forward(self, x):
        x = F.relu(self.n1(self.c1(x)))
        identity = x
        x = self.n2(self.c2(x))
        x = x + self.proj(identity)  # HERE
        return F.relu(x)


class WrongGroupWidth(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv1d(in_channels, out_channels, 9, padding=3)  # HERE
        self.conv2 = nn.Conv1d(out_channels, out_channels, 9, padding=4)
        self.skip = nn.Conv1d(in_channels, out_channels, 1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.skip(x))


class WrongMeanOverBatch(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        h = self.conv(F.relu(x))
        w = torch.sigmoid(self.fc(h.mean(dim=(0, 2, 3))))  # HERE
        return x + h * w[None, :, None, None]


class WrongSkipFromRelu(nn.Module):
    def __init__(self, in_channel, channel):
        super().__init__()
        self.conv = nn.Sequential(
            nn.ReLU(inplace=True),  # HERE
            nn.Conv2d(in_channel, channel, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channel, in_channel, 1),
        )

    def forward(self, input):
        out = self.conv(input)
        out += input
        return out


class WrongItem(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a = nn.Conv2d(channels, channels, 3, padding=1)
        self.b = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.a(x))
        h = torch.from_numpy(h.detach().numpy())  # HERE
        return x + self.b(h)


class WrongDoubleSkip(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.f(x) + x
        y = F.relu(y)
        return y + x  # HERE


class WrongChannelsThree(nn.Module):
    expansion = 4

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_planes, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv3, self.bn3 = nn.Conv2d(planes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes * 4:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride, bias=False),  # HERE
                nn.BatchNorm2d(planes),
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class WrongPlainPreAct(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.net = nn.Sequential(nn.BatchNorm2d(in_ch), nn.ReLU(), nn.Conv2d(in_ch, out_ch, 3, 1, 1), nn.BatchNorm2d(out_ch), nn.ReLU(), nn.Conv2d(out_ch, out_ch, 3, 1, 1))
        self.skip = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x):
        return self.net(self.skip(x))  # HERE
