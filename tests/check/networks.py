"""Which right networks are the mistakes of `network_mutants.py` planted in? Three coding styles of each kind."""

from __future__ import annotations

from tests.check.mutants import ATTRIBUTES, FUNCTIONAL, SEQUENTIAL

STAGES = ((16, 16, 1), (16, 32, 2), (32, 64, 2), (64, 128, 2))
_BLOCKS = [(a if i == 0 else b, b, s if i == 0 else 1) for a, b, s in STAGES for i in range(2)]
_MADE = "".join(f"        self.block{i} = Block({a}, {b}, stride={s})\n" for i, (a, b, s) in enumerate(_BLOCKS, 1))
_CALLED = "".join(f"        x = self.block{i}(x)\n" for i in range(1, 9))
_HEAD = "        x = F.adaptive_avg_pool2d(x, 1)\n        x = x.flatten(1)\n        x = self.fc(x)\n        return x\n"

POST_ATTRIBUTES = (
    ATTRIBUTES
    + """

class ResNet18(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
"""
    + _MADE
    + """        self.fc = nn.Linear(128, num_classes)

    def forward(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = F.relu(x)
"""
    + _CALLED
    + _HEAD
)

POST_SEQUENTIAL = (
    SEQUENTIAL
    + """

def stage(cin, cout, n, s):
    blocks = [ResBlock(cin, cout, s)]
    for _ in range(n - 1):
        blocks.append(ResBlock(cout, cout))
    return nn.Sequential(*blocks)


class Net(nn.Module):
    def __init__(self, blocks, classes=10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        self.body = nn.Sequential(
            stage(16, 16, blocks[0], s=1),
            stage(16, 32, blocks[1], s=2),
            stage(32, 64, blocks[2], s=2),
            stage(64, 128, blocks[3], s=2),
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(128, classes),
        )

    def forward(self, x):
        x = self.stem(x)
        x = self.body(x)
        return self.head(x)


def resnet18(classes=10):
    return Net([2, 2, 2, 2], classes)
"""
)

POST_FUNCTIONAL = (
    FUNCTIONAL
    + """

class ResidualNetwork18(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.stem = nn.Parameter(torch.randn(16, 3, 3, 3) * 0.2)
        self.g, self.b = nn.ParameterList([torch.ones(16)]), nn.ParameterList([torch.zeros(16)])
        self.register_buffer("m0", torch.zeros(16))
        self.register_buffer("v0", torch.ones(16))
        self.units = nn.ModuleList()
        width = 16
        for out, count, stride in [(16, 2, 1), (32, 2, 2), (64, 2, 2), (128, 2, 2)]:
            for i in range(count):
                self.units.append(ResidualUnit(width, out, stride if i == 0 else 1))
                width = out
        self.wc = nn.Parameter(torch.randn(n_classes, 128) * 0.05)

    def forward(self, x):
        h = F.conv2d(x, self.stem, padding=1)
        h = norm(self, 0, h)
        h = h.relu()
        for unit in self.units:
            h = unit(h)
        h = h.mean((2, 3))
        return F.linear(h, self.wc)
"""
)

_HEADER = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"

PRE_ATTRIBUTES = (
    _HEADER
    + """class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.project = None
        if stride != 1 or cin != cout:
            self.project = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(x))
        identity = x if self.project is None else self.project(h)
        h = self.conv1(h)
        h = self.conv2(F.relu(self.bn2(h)))
        return h + identity


class PreActResNet18(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
"""
    + _MADE
    + """        self.bn = nn.BatchNorm2d(128)
        self.fc = nn.Linear(128, num_classes)

    def forward(self, x):
        x = self.conv1(x)
"""
    + _CALLED
    + "        x = F.relu(self.bn(x))\n"
    + _HEAD
)

PRE_SEQUENTIAL = (
    _HEADER
    + """class PreUnit(nn.Module):
    def __init__(self, cin, cout, s=1):
        super().__init__()
        self.pre = nn.Sequential(nn.BatchNorm2d(cin), nn.ReLU())
        self.left = nn.Sequential(
            nn.Conv2d(cin, cout, 3, s, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False),
        )
        self.right = nn.Conv2d(cin, cout, 1, s, bias=False) if s != 1 or cin != cout else None

    def forward(self, x):
        h = self.pre(x)
        return self.left(h) + (x if self.right is None else self.right(h))


class WideNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False),
            PreUnit(16, 32),
            PreUnit(32, 32),
            PreUnit(32, 64, 2),
            PreUnit(64, 64),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
        )
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = self.features(x)
        return self.fc(x.flatten(1))
"""
)

PRE_FUNCTIONAL = (
    _HEADER
    + """def bn_relu(norms, i, x):
    return F.relu(norms[i](x))


class PreActUnit(nn.Module):
    def __init__(self, nin, nout, stride):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(nout, nin, 3, 3) * 0.05)
        self.w2 = nn.Parameter(torch.randn(nout, nout, 3, 3) * 0.05)
        self.ws = nn.Parameter(torch.randn(nout, nin, 1, 1) * 0.1) if nin != nout or stride > 1 else None
        self.norms = nn.ModuleList([nn.BatchNorm2d(nin), nn.BatchNorm2d(nout)])
        self.stride = stride

    def forward(self, x):
        h = bn_relu(self.norms, 0, x)
        s = x if self.ws is None else F.conv2d(h, self.ws, stride=self.stride)
        h = F.conv2d(h, self.w1, stride=self.stride, padding=1)
        h = F.conv2d(bn_relu(self.norms, 1, h), self.w2, padding=1)
        return h + s


class PreActNet(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.stem = nn.Parameter(torch.randn(16, 3, 3, 3) * 0.2)
        self.last = nn.ModuleList([nn.BatchNorm2d(64)])
        self.units = nn.ModuleList(PreActUnit(a, b, s) for a, b, s in [(16, 16, 1), (16, 32, 2), (32, 64, 2)])
        self.classify = nn.Linear(64, n_classes)

    def forward(self, x):
        h = F.conv2d(x, self.stem, padding=1)
        for unit in self.units:
            h = unit(h)
        h = bn_relu(self.last, 0, h)
        h = F.adaptive_avg_pool2d(h, 1)[:, :, 0, 0]
        return self.classify(h)
"""
)

NECK_ATTRIBUTES = (
    _HEADER
    + """class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.downsample = None
        if stride != 1 or in_planes != planes * self.expansion:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_planes, planes * self.expansion, 1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * self.expansion),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out = out + (x if self.downsample is None else self.downsample(x))
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        e = Bottleneck.expansion
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = Bottleneck(16, 8)
        self.layer2 = Bottleneck(8 * e, 16, 2)
        self.layer3 = Bottleneck(16 * e, 32, 2)
        self.layer4 = Bottleneck(32 * e, 64, 2)
        self.fc = nn.Linear(64 * e, num_classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))
"""
)

NECK_SEQUENTIAL = (
    _HEADER
    + """def conv_bn(cin, cout, k, s=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, s, k // 2, bias=False), nn.BatchNorm2d(cout))


class Neck(nn.Module):
    def __init__(self, cin, mid, cout, s=1):
        super().__init__()
        self.left = nn.Sequential(
            conv_bn(cin, mid, 1),
            nn.ReLU(),
            conv_bn(mid, mid, 3, s),
            nn.ReLU(),
            conv_bn(mid, cout, 1),
        )
        self.right = conv_bn(cin, cout, 1, s) if s != 1 or cin != cout else nn.Identity()

    def forward(self, x):
        return F.relu(self.left(x) + self.right(x))


class DeepResNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.net = nn.Sequential(
            conv_bn(3, 16, 3), nn.ReLU(),
            Neck(16, 8, 32),
            Neck(32, 16, 64, 2),
            Neck(64, 32, 128, 2),
            Neck(128, 64, 256, 2),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, classes),
        )

    def forward(self, x):
        return self.net(x)
"""
)

NECK_FUNCTIONAL = (
    _HEADER
    + """def weight(cout, cin, k):
    return nn.Parameter(torch.randn(cout, cin, k, k) * (2 / (cin * k * k)) ** 0.5)


class NeckUnit(nn.Module):
    def __init__(self, nin, mid, nout, stride):
        super().__init__()
        self.w = nn.ParameterList([
            weight(mid, nin, 1),
            weight(mid, mid, 3),
            weight(nout, mid, 1),
            weight(nout, nin, 1),
        ])
        self.n = nn.ModuleList(nn.BatchNorm2d(c) for c in (mid, mid, nout, nout))
        self.stride = stride

    def forward(self, x):
        h = F.relu(self.n[0](F.conv2d(x, self.w[0])))
        h = F.relu(self.n[1](F.conv2d(h, self.w[1], stride=self.stride, padding=1)))
        h = F.conv2d(h, self.w[2])
        s = F.conv2d(x, self.w[3], stride=self.stride)
        return F.relu(self.n[2](h) + self.n[3](s))


class ResNetOfLists(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        sizes = [(16, 8, 32, 1), (32, 16, 64, 2), (64, 32, 128, 2), (128, 64, 256, 2)]
        self.stem, self.norm = weight(16, 3, 3), nn.BatchNorm2d(16)
        self.units = nn.ModuleList(NeckUnit(*size) for size in sizes)
        self.classify = nn.Linear(256, n_classes)

    def forward(self, x):
        h = F.relu(self.norm(F.conv2d(x, self.stem, padding=1)))
        for unit in self.units:
            h = unit(h)
        return self.classify(h.mean((2, 3)))
"""
)

NETWORKS = {
    "post-attributes": POST_ATTRIBUTES,
    "post-sequential": POST_SEQUENTIAL,
    "post-functional": POST_FUNCTIONAL,
    "pre-attributes": PRE_ATTRIBUTES,
    "pre-sequential": PRE_SEQUENTIAL,
    "pre-functional": PRE_FUNCTIONAL,
    "neck-attributes": NECK_ATTRIBUTES,
    "neck-sequential": NECK_SEQUENTIAL,
    "neck-functional": NECK_FUNCTIONAL,
}
NAMES = {"post-sequential": "resnet18"}
