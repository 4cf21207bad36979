"""A second, fresh set: whole networks and further blocks; `# HERE` marks the line of a mistake."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Unit(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.short = None
        if stride != 1 or cin != cout:
            self.short = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.short is None else self.short(x)))


def stage(cin, cout, n, stride):
    return nn.Sequential(*[Unit(cin if i == 0 else cout, cout, stride if i == 0 else 1) for i in range(n)])


class RightSmallNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.body = nn.Sequential(stage(16, 16, 2, 1), stage(16, 32, 2, 2), stage(32, 64, 2, 2))
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        return self.fc(self.body(self.stem(x)).mean((2, 3)))


class RightGrayNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.block1, self.block2 = Unit(16, 16), Unit(16, 32, 2)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        return self.head(self.block2(self.block1(x)))


class RightSuperRes(nn.Module):
    def __init__(self, n=4, ch=32, scale=2):
        super().__init__()
        self.head = nn.Conv2d(3, ch, 9, padding=4)
        self.body = nn.ModuleList(SRUnit(ch) for _ in range(n))
        self.tail = nn.Sequential(nn.Conv2d(ch, ch * 4, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(), nn.Conv2d(ch, 3, 9, padding=4))

    def forward(self, x):
        x = F.relu(self.head(x))
        y = x
        for b in self.body:
            y = b(y)
        return self.tail(x + y)


class SRUnit(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch), nn.PReLU(), nn.Conv2d(ch, ch, 3, padding=1), nn.BatchNorm2d(ch))

    def forward(self, x):
        return x + self.c(x)


class RightWide(nn.Module):
    def __init__(self, num_classes=10, k=2):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.blocks = nn.Sequential(Pre(16, 16 * k), Pre(16 * k, 32 * k, 2), Pre(32 * k, 64 * k, 2))
        self.bn = nn.BatchNorm2d(64 * k)
        self.fc = nn.Linear(64 * k, num_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.blocks(self.conv(x))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Pre(nn.Module):
    def __init__(self, i, o, s=1):
        super().__init__()
        self.b1, self.c1 = nn.BatchNorm2d(i), nn.Conv2d(i, o, 3, s, 1, bias=False)
        self.b2, self.c2 = nn.BatchNorm2d(o), nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.sc = nn.Conv2d(i, o, 1, s, bias=False) if i != o or s != 1 else None

    def forward(self, x):
        h = F.relu(self.b1(x))
        r = x if self.sc is None else self.sc(h)
        return self.c2(F.relu(self.b2(self.c1(h)))) + r


class RightSpeech(nn.Module):
    def __init__(self, n_labels=12):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 45, 3, padding=1, bias=False)
        self.convs = nn.ModuleList(nn.Conv2d(45, 45, 3, padding=1, bias=False) for _ in range(6))
        self.bns = nn.ModuleList(nn.BatchNorm2d(45, affine=False) for _ in range(6))
        self.output = nn.Linear(45, n_labels)

    def forward(self, x):
        old = F.relu(self.conv0(x))
        y = old
        for i, (conv, bn) in enumerate(zip(self.convs, self.bns)):
            y = F.relu(conv(y))
            if i % 2 == 1:
                y = y + old
                old = y
            y = bn(y)
        return self.output(y.flatten(2).mean(2))


class RightSegmentation(nn.Module):
    def __init__(self, num_classes=5):
        super().__init__()
        self.down1, self.down2 = Unit(3, 16), Unit(16, 32, 2)
        self.up = nn.ConvTranspose2d(32, 16, 2, 2)
        self.fuse = Unit(32, 16)
        self.out = nn.Conv2d(16, num_classes, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(a)
        return self.out(self.fuse(torch.cat([a, self.up(b)], 1)))


# --- wrong networks ------------------------------------------------------------------------------------------------


class WrongFixedPool(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s1, self.s2, self.s3 = stage(16, 16, 1, 1), stage(16, 32, 1, 2), stage(32, 64, 1, 2)
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.s3(self.s2(self.s1(self.stem(x))))
        x = F.avg_pool2d(x, 8)  # HERE
        return self.fc(x.view(x.size(0), -1))


class WrongSoftmaxHead(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s = stage(16, 32, 2, 2)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.s(self.stem(x)), 1).flatten(1)
        return torch.softmax(self.fc(x), dim=1)  # HERE


class WrongBatchAxis(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s = stage(16, 32, 1, 2)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.s(self.stem(x))
        x = x.permute(0, 2, 3, 1).reshape(-1, 32)  # HERE
        return self.fc(x)


class WrongRepeated(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.Sequential(*([Unit(16, 16)] * 4))  # HERE
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))


class WrongListNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = [Unit(16, 16), Unit(16, 16)]  # HERE
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.fc(x.mean((2, 3)))


class WrongNoFinalNorm(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.blocks = nn.Sequential(Pre(16, 16), Pre(16, 32, 2), Pre(32, 64, 2))
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.blocks(self.conv(x))
        x = F.adaptive_avg_pool2d(x, 1)  # HERE
        return self.fc(x.flatten(1))


class WrongBareStem(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.layer1, self.layer2 = stage(16, 16, 2, 1), stage(16, 32, 2, 2)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.conv1(x)  # HERE
        x = self.layer2(self.layer1(x))
        return self.fc(x.mean((2, 3)))


class WrongHeadWidth(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.s = stage(16, 32, 1, 2)
        self.fc = nn.Linear(64, num_classes)  # HERE

    def forward(self, x):
        return self.fc(self.s(self.stem(x)).mean((2, 3)))


class PlainUnit(nn.Module):
    def __init__(self, cin, cout, stride=1, residual=True):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(cin, cout, 3, stride, 1), nn.Conv2d(cout, cout, 3, 1, 1)
        self.residual = residual
        self.short = nn.Conv2d(cin, cout, 1, stride) if residual and (cin != cout or stride != 1) else nn.Identity()

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(y + self.short(x) if self.residual else y)


class WrongFirstBlockPlain(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1)
        self.layers = nn.Sequential(
            PlainUnit(16, 16, residual=False),  # HERE
            PlainUnit(16, 16),
            PlainUnit(16, 16),
        )
        self.fc = nn.Linear(16, num_classes)

    def forward(self, x):
        return self.fc(self.layers(F.relu(self.conv1(x))).mean((2, 3)))


# --- further blocks ------------------------------------------------------------------------------------------------


class RightSequentialSubclass(nn.Sequential):
    def __init__(self, channels):
        super().__init__(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return F.relu(x + super().forward(x))


class RightWrapper(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fn = nn.Sequential(nn.Conv2d(channels, channels, 7, groups=channels, padding="same"), nn.GELU(), nn.BatchNorm2d(channels))

    def forward(self, x):
        return self.fn(x) + x


class RightFunctionalWeights(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.w = nn.ParameterList([nn.Parameter(torch.randn(c, c, 3, 3) * 0.03) for _ in range(2)])

    def forward(self, x):
        h = F.leaky_relu(F.conv2d(x, self.w[0], padding=1))
        return F.leaky_relu(x + F.conv2d(h, self.w[1], padding=1))


class RightNestedResidual(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.u1, self.u2 = SRUnit(nf), SRUnit(nf)
        self.conv = nn.Conv2d(nf, nf, 3, padding=1)

    def forward(self, x):
        return x + self.conv(self.u2(self.u1(x)))


class RightGLU1d(nn.Module):
    def __init__(self, channels, kernel_size=5):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.pw1, self.dw = nn.Conv1d(channels, 2 * channels, 1), nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.bn, self.pw2 = nn.BatchNorm1d(channels), nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        y = self.norm(x.transpose(1, 2)).transpose(1, 2)
        y = F.glu(self.pw1(y), dim=1)
        y = self.pw2(F.silu(self.bn(self.dw(y))))
        return x + y


class RightScaledSum(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(in_ch, out_ch, 3, padding=1), nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.nin = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else None

    def forward(self, x):
        h = self.c2(F.silu(self.c1(F.silu(x))))
        if self.nin is not None:
            x = self.nin(x)
        return (x + h) / 2**0.5


class RightFiLM(nn.Module):
    def __init__(self, in_place, out_place):
        super().__init__()
        self.conv1 = nn.Conv2d(in_place, out_place, 1)
        self.conv2 = nn.Conv2d(out_place, out_place, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(out_place)

    def forward(self, img, beta, gamma):
        x = F.relu(self.conv1(img))
        out = self.norm2(self.conv2(x))
        out = out * gamma + beta
        return F.relu(out) + x


class WrongZeroGate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.f = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.alpha * x + self.f(x)  # HERE


class WrongOptionA(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes)
        self.planes, self.stride, self.in_planes = planes, stride, in_planes

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1 or self.in_planes != self.planes:
            x = F.pad(x[:, ::2, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.planes - self.in_planes // 2))  # HERE
        return F.relu(out + x)


class WrongBottleneckStride(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(inplanes, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU())
        self.conv2 = nn.Sequential(nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU())  # HERE
        self.conv3 = nn.Sequential(nn.Conv2d(planes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4))
        self.down = nn.Sequential(nn.Conv2d(inplanes, planes * 4, 1, stride, bias=False), nn.BatchNorm2d(planes * 4)) if stride != 1 or inplanes != planes * 4 else nn.Identity()

    def forward(self, x):
        return F.relu(self.conv3(self.conv2(self.conv1(x))) + self.down(x))


class WrongThirdReadsX(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c1, self.c2, self.c3 = (nn.Conv2d(channels, channels, 3, padding=1) for _ in range(3))

    def forward(self, x):
        a = F.relu(self.c1(x))
        b = F.relu(self.c2(a))
        c = self.c3(x)  # HERE
        return F.relu(x + c)


class WrongPoolBroadcast(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.c = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        s = x.mean(dim=1, keepdim=True)
        return self.c(x) + s  # HERE


class WrongSigmoidInplace(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1, self.c2 = nn.Conv1d(dim, dim, 3, padding=1), nn.Conv1d(dim, dim, 3, padding=1)

    def forward(self, x):
        y = torch.tanh(self.c2(F.relu(self.c1(x))))
        y += x  # HERE
        return y


class WrongMinusSelf(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(nf, nf, 3, padding=1), nn.Conv2d(nf, nf, 3, padding=1)

    def forward(self, x):
        return F.relu(self.c2(F.relu(self.c1(x))) - x)  # HERE


class WrongUnusedBranch(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)  # HERE
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.bn(self.conv1(x)) + x)


class WrongEvenKernel(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 5, padding=2)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 5, padding=1)  # HERE
        self.skip = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.skip(x))


class WrongKSkip(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride, 1), nn.BatchNorm2d(out_channels), nn.ReLU(), nn.Conv2d(out_channels, out_channels, 3, 1, 1), nn.BatchNorm2d(out_channels))
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 3, stride, 1),  # HERE
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x):
        return torch.relu(self.main(x) + self.shortcut(x))
