"""Blocks written before looking at what the rules do with them; `# HERE` marks the line of a mistake."""

import torch
from torch import nn
from torch.nn import functional as F


def conv_bn(i, o, k=3, s=1, act=True):
    layers = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    if act:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class RightHelperBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(conv_bn(ni, nf, 3, stride), conv_bn(nf, nf, 3, act=False))
        self.idconv = nn.Identity() if ni == nf else conv_bn(ni, nf, 1, act=False)
        self.pool = nn.Identity() if stride == 1 else nn.AvgPool2d(2, ceil_mode=True)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.convs(x) + self.idconv(self.pool(x)))


class RightPreActGroupNorm(nn.Module):
    def __init__(self, in_ch, out_ch, groups=8):
        super().__init__()
        self.n1, self.n2 = nn.GroupNorm(groups, in_ch), nn.GroupNorm(groups, out_ch)
        self.c1, self.c2 = nn.Conv2d(in_ch, out_ch, 3, padding=1), nn.Conv2d(out_ch, out_ch, 3, padding=1)
        self.res = nn.Conv2d(in_ch, out_ch, 1) if in_ch != out_ch else nn.Identity()

    def forward(self, x):
        h = self.c1(F.silu(self.n1(x)))
        h = self.c2(F.silu(self.n2(h)))
        return h + self.res(x)


class RightTimeBlock(nn.Module):
    def __init__(self, dim, dim_out, time_emb_dim=128):
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2))
        self.block1, self.norm1 = nn.Conv2d(dim, dim_out, 3, padding=1), nn.GroupNorm(8, dim_out)
        self.block2, self.norm2 = nn.Conv2d(dim_out, dim_out, 3, padding=1), nn.GroupNorm(8, dim_out)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        scale = shift = 0
        if time_emb is not None:
            scale, shift = self.mlp(time_emb)[:, :, None, None].chunk(2, dim=1)
        h = F.silu(self.norm1(self.block1(x)) * (scale + 1) + shift)
        h = F.silu(self.norm2(self.block2(h)))
        return h + self.res_conv(x)


class RightFusedMB(nn.Module):
    def __init__(self, cin, cout, expand=4, stride=1, se=0.25):
        super().__init__()
        mid = cin * expand
        self.expand = nn.Sequential(nn.Conv2d(cin, mid, 3, stride, 1, bias=False), nn.BatchNorm2d(mid), nn.SiLU())
        self.se = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(mid, int(cin * se), 1), nn.SiLU(), nn.Conv2d(int(cin * se), mid, 1), nn.Sigmoid())
        self.project = nn.Sequential(nn.Conv2d(mid, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.add = cin == cout and stride == 1

    def forward(self, inputs):
        h = self.expand(inputs)
        h = self.project(h * self.se(h))
        return inputs + h if self.add else h


class RightAttentionGated(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(c, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.BatchNorm2d(c))
        self.mask = nn.Sequential(nn.Conv2d(c, c, 1), nn.Sigmoid())

    def forward(self, x):
        t = self.trunk(x)
        return F.relu(x + (1 + self.mask(x)) * t)


class RightParallelKernels(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.b = nn.Conv2d(channels, channels // 2, 5, padding=2)
        self.mix = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        y = torch.cat((F.relu(self.a(x)), F.relu(self.b(x))), dim=1)
        return x + self.mix(y)


class RightInceptionResnet(nn.Module):
    def __init__(self, in_channels=320, scale=0.17):
        super().__init__()
        self.scale = scale
        self.b0 = conv_bn(in_channels, 32, 1)
        self.b1 = nn.Sequential(conv_bn(in_channels, 32, 1), conv_bn(32, 32, 3))
        self.up = nn.Conv2d(64, in_channels, 1)

    def forward(self, x):
        out = self.up(torch.cat([self.b0(x), self.b1(x)], 1))
        return F.relu(out * self.scale + x)


class RightUpBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.skip = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(in_channels, out_channels, 1))

    def forward(self, x):
        return F.leaky_relu(self.conv2(F.leaky_relu(self.conv(x), 0.2)) + self.skip(x), 0.2)


class RightHifi(nn.Module):
    def __init__(self, channels, kernel_size=3, dilation=(1, 3)):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(channels, channels, kernel_size, 1, padding=d * (kernel_size - 1) // 2, dilation=d) for d in dilation])

    def forward(self, x):
        for c in self.convs:
            xt = F.leaky_relu(x, 0.1)
            xt = c(xt)
            x = xt + x
        return x


class RightLKA(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = nn.BatchNorm2d(d_model)
        self.proj_1, self.proj_2 = nn.Conv2d(d_model, d_model, 1), nn.Conv2d(d_model, d_model, 1)
        self.conv0 = nn.Conv2d(d_model, d_model, 5, padding=2, groups=d_model)
        self.ls = nn.Parameter(1e-2 * torch.ones(d_model))

    def forward(self, x):
        shortcut = x.clone()
        y = F.gelu(self.proj_1(self.norm(x)))
        y = self.proj_2(self.conv0(y) * y)
        return shortcut + self.ls[None, :, None, None] * y


class RightMaxPoolSkip(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv1d(in_channels, out_channels, 15, stride=stride, padding=7)
        self.bn1 = nn.BatchNorm1d(out_channels)
        self.conv2 = nn.Conv1d(out_channels, out_channels, 15, padding=7)
        self.bn2 = nn.BatchNorm1d(out_channels)
        self.proj = nn.Conv1d(in_channels, out_channels, 1) if in_channels != out_channels else None
        self.pool = nn.MaxPool1d(stride, stride, ceil_mode=True) if stride > 1 else None

    def forward(self, x):
        s = x
        if self.pool is not None:
            s = self.pool(s)
        if self.proj is not None:
            s = self.proj(s)
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        y += s
        return F.relu(y)


class RightDepthwiseSep(nn.Module):
    def __init__(self, inp, oup):
        super().__init__()
        self.rep = nn.Sequential(
            nn.ReLU(False), nn.Conv2d(inp, inp, 3, padding=1, groups=inp, bias=False), nn.Conv2d(inp, oup, 1, bias=False), nn.BatchNorm2d(oup),
            nn.ReLU(True), nn.Conv2d(oup, oup, 3, padding=1, groups=oup, bias=False), nn.Conv2d(oup, oup, 1, bias=False), nn.BatchNorm2d(oup),
        )
        self.skip = nn.Sequential(nn.Conv2d(inp, oup, 1, bias=False), nn.BatchNorm2d(oup)) if inp != oup else None

    def forward(self, inp):
        x = self.rep(inp)
        x += self.skip(inp) if self.skip is not None else inp
        return x


class RightTransformerConv(nn.Module):
    def __init__(self, dim, heads=4):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(dim, dim * 2), nn.GELU(), nn.Linear(dim * 2, dim))

    def forward(self, x):
        h = self.n1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        return x + self.ff(self.n2(x))


class RightCoordinate(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.body = nn.Sequential(nn.Conv3d(inplanes, planes, (1, 3, 3), (1, stride, stride), (0, 1, 1)), nn.GroupNorm(8, planes), nn.ReLU(),
                                  nn.Conv3d(planes, planes, (3, 1, 1), padding=(1, 0, 0)), nn.GroupNorm(8, planes))
        self.short = nn.Sequential() if inplanes == planes and stride == 1 else nn.Conv3d(inplanes, planes, 1, (1, stride, stride))

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


class RightDropPathBlock(nn.Module):
    def __init__(self, features, drop=0.1):
        super().__init__()
        self.f = nn.Sequential(nn.BatchNorm2d(features), nn.Mish(), nn.Conv2d(features, features, 3, padding=1, bias=False))
        self.drop = nn.Dropout2d(drop)

    def forward(self, x):
        return torch.add(self.drop(self.f(x)), x)


# --- wrong ---------------------------------------------------------------------------------------------------------


class WrongReturnsBranch(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.f = nn.Sequential(conv_bn(in_channels, out_channels, 3, stride), conv_bn(out_channels, out_channels, act=False))
        self.s = nn.Sequential() if stride == 1 and in_channels == out_channels else conv_bn(in_channels, out_channels, 1, stride, act=False)

    def forward(self, x):
        f = self.f(x)
        s = self.s(x)
        y = f + s
        return F.relu(f)  # HERE


class WrongInplaceRelu(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.act = nn.LeakyReLU(0.2, inplace=True)
        self.conv1, self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        h = self.conv1(self.act(x))  # HERE
        h = self.conv2(self.act(h))
        return x + h


class WrongForgotSkipStride(nn.Module):
    def __init__(self, c1, c2, s=1):
        super().__init__()
        self.cv1, self.cv2 = conv_bn(c1, c2, 3, s), conv_bn(c2, c2, 3, act=False)
        self.short = conv_bn(c1, c2, 1, act=False) if c1 != c2 or s != 1 else nn.Identity()  # HERE

    def forward(self, x):
        return F.relu(self.cv2(self.cv1(x)) + self.short(x))


class WrongBottleneckMid(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes, 1, bias=False)  # HERE
        self.bn3 = nn.BatchNorm2d(planes * 4)
        self.downsample = downsample

    def forward(self, x):
        residual = x
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            residual = self.downsample(x)
        out += residual
        return F.relu(out)


class WrongMultiply(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x):
        return F.relu(x * self.net(x))  # HERE


class WrongConcat1d(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.c1, self.c2 = nn.Conv1d(dim, dim, 3, padding=1), nn.Conv1d(dim, dim, 3, padding=1)

    def forward(self, x):
        out = self.c2(F.relu(self.c1(x)))
        return torch.cat((x, out), dim=1)  # HERE


class WrongNoPad3d(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv3d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv3d(out_channels, out_channels, 3)  # HERE
        self.bn = nn.InstanceNorm3d(out_channels)
        self.skip = nn.Conv3d(in_channels, out_channels, 1)

    def forward(self, x):
        return F.relu(self.skip(x) + self.bn(self.conv2(F.relu(self.conv1(x)))))


class WrongHalfGrad(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(ch, ch, 3, padding=1), nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        with torch.no_grad():
            h = F.relu(self.c1(x))  # HERE
        return x + self.c2(h)


class WrongSharedNorm(nn.Module):
    def __init__(self, n_feat):
        super().__init__()
        self.conv_a, self.conv_b = nn.Conv2d(n_feat, n_feat, 3, padding=1), nn.Conv2d(n_feat, n_feat, 3, padding=1)
        self.norm = nn.BatchNorm2d(n_feat)

    def forward(self, x):
        h = F.relu(self.norm(self.conv_a(x)))
        h = self.norm(self.conv_b(h))  # HERE
        return F.relu(h + x)


class WrongConvTwice(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv1(h))  # HERE
        return F.relu(h + x)


class WrongListLayers(nn.Module):
    def __init__(self, c, depth=2):
        super().__init__()
        self.layers = [nn.Conv2d(c, c, 3, padding=1) for _ in range(depth)]  # HERE

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = F.relu(layer(y))
        return x + y


class WrongOverwriteSkip(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(planes), nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or in_planes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(in_planes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        identity = x
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            out = self.downsample(x)  # HERE
        out = out + identity
        return torch.relu(out)


class WrongSkipBoth(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.c1 = nn.Conv2d(nin, nout, 3, stride=stride, padding=1)
        self.c2 = nn.Conv2d(nout, nout, 3, stride=stride, padding=1)  # HERE
        self.sc = nn.Conv2d(nin, nout, 1, stride=stride) if stride > 1 or nin != nout else nn.Identity()

    def forward(self, x):
        return F.relu(self.sc(x) + self.c2(F.relu(self.c1(x))))


class WrongMissingProjection(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU(), nn.Conv2d(out_channels, out_channels, 3, padding=1))

    def forward(self, x):
        return F.relu(self.block(x) + x)  # HERE


class WrongAverage(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, 1, 1), nn.BatchNorm2d(dim), nn.ReLU(), nn.Conv2d(dim, dim, 3, 1, 1), nn.BatchNorm2d(dim))

    def forward(self, x):
        return F.relu(0.5 * (x + self.body(x)))  # HERE


class WrongDropoutEval(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.c1(x))
        h = F.dropout(h, p=0.2)  # HERE
        return F.relu(self.c2(h) + x)


class WrongBatchSoftmax(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.v = nn.Conv2d(dim, dim, 1), nn.Conv2d(dim, dim, 1)

    def forward(self, x):
        a = torch.softmax(self.q(x), dim=0)  # HERE
        return x + a * self.v(x)


class WrongDetachedSkipBranch(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1), nn.Conv2d(nf, nf, 3, 1, 1)

    def forward(self, x):
        out = self.conv2(F.relu(self.conv1(x)))
        return x + out.detach()  # HERE


class WrongNormFeatures(nn.Module):
    def __init__(self, in_ch, out_ch, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_ch, out_ch, 3, stride, 1)
        self.norm1 = nn.BatchNorm2d(in_ch)  # HERE
        self.conv2 = nn.Conv2d(out_ch, out_ch, 3, 1, 1)
        self.norm2 = nn.BatchNorm2d(out_ch)
        self.proj = nn.Conv2d(in_ch, out_ch, 1, stride)

    def forward(self, x):
        return F.relu(self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))) + self.proj(x))


class WrongProjectionOfOut(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.match = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)) if stride != 1 or in_channels != out_channels else None

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.match is not None:
            x = self.match(out)  # HERE
        return F.relu(out + x)


class WrongReluTwice(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),  # HERE
        )
        self.skip = nn.Identity() if cin == cout and stride == 1 else nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


class WrongTypo(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))  # HERE


class WrongLostLast(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = (nn.Conv2d(filters, filters, 3, padding=1) for _ in range(3))

    def forward(self, x):
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(y))
        self.conv3(y)  # HERE
        return x + y


class WrongAddsConvOfX(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.a(x)))
        y = self.bn2(self.b(x))  # HERE
        return F.relu(y + x)


class WrongInplaceIdentity(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.c1, self.c2 = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        identity = x
        x += 1  # HERE
        y = self.c1(F.relu(self.bn1(x)))
        y = self.c2(F.relu(self.bn2(y)))
        return y + identity
