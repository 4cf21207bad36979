"""Which residual networks do people write who follow no library? Modules, names and orders of their own."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn


def trained(model, seed=0):
    """Give `model` values as training leaves them: γ around 1, β and means around 0, variances of any size."""
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, mean, deviation):
        return torch.randn(tensor.shape, generator=generator) * deviation + mean

    for module in model.modules():
        for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
            if tensor.ndim > 1:
                tensor.data.copy_(normal(tensor, 0, math.sqrt(2 / tensor[0].numel())))
            elif name in ("running_var", "v"):
                tensor.data.copy_(torch.exp(normal(tensor, -0.7, 0.6)))
            elif name in ("running_mean", "m"):
                tensor.data.copy_(normal(tensor, 0, 0.4))
            elif tensor.ndim == 1:
                tensor.data.copy_(normal(tensor, 1.0, 0.25) if name in ("weight", "g") else normal(tensor, -0.1, 0.2))
    return model.eval()


class OptionA(nn.Module):
    """Zero padding without a tensor, log-softmax at the end, biased convolutions, names that no library has."""

    class Unit(nn.Module):
        def __init__(self, cin, cout):
            super().__init__()
            self.grow = cout - cin
            self.filterOne = nn.Conv2d(cin, cout, 3, 2 if self.grow else 1, 1)
            self.normOne = nn.BatchNorm2d(cout)
            self.filterTwo = nn.Conv2d(cout, cout, 3, 1, 1)
            self.normTwo = nn.BatchNorm2d(cout)

        def forward(self, x):
            y = self.normTwo(self.filterTwo(F.relu(self.normOne(self.filterOne(x)))))
            if self.grow:
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.grow))
            return F.relu(x + y)

    def __init__(self):
        super().__init__()
        self.entry = nn.Conv2d(3, 12, 3, 1, 1)
        self.entryNorm = nn.BatchNorm2d(12)
        self.small = nn.Sequential(self.Unit(12, 12), self.Unit(12, 12))
        self.middle = nn.Sequential(self.Unit(12, 20), self.Unit(20, 20))
        self.wide = nn.Sequential(self.Unit(20, 36), self.Unit(36, 36))
        self.verdict = nn.Linear(36, 10)

    def forward(self, x):
        x = F.relu(self.entryNorm(self.entry(x)))
        return F.log_softmax(self.verdict(self.wide(self.middle(self.small(x))).mean((2, 3))), 1)


class BarePlusHeadFirst(nn.Module):
    """The head is made first; projections come before the branch, without norm, with the only biases of all."""

    class Cell(nn.Module):
        def __init__(self, cin, cout, stride):
            super().__init__()
            self.bridge = nn.Conv2d(cin, cout, 1, stride) if cin != cout or stride > 1 else None
            self.upper = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
            self.lower = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
            self.upper_bn = nn.BatchNorm2d(cout)
            self.lower_bn = nn.BatchNorm2d(cout)

        def forward(self, x):
            y = self.lower_bn(self.lower(F.relu(self.upper_bn(self.upper(x)))))
            return F.relu(y + (x if self.bridge is None else self.bridge(x)))

    def __init__(self):
        super().__init__()
        self.answer = nn.Linear(48, 7, bias=False)
        shapes = ((8, 8, 1), (8, 8, 1), (8, 24, 2), (24, 24, 1), (24, 48, 2), (48, 48, 1))
        self.cells = nn.ModuleList([self.Cell(*shape) for shape in shapes])
        self.begin = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())

    def forward(self, x):
        x = self.begin(x)
        for cell in self.cells:
            x = cell(x)
        return self.answer(x.mean((2, 3)))


class OwnNorm(nn.Module):
    """Batch norm by hand, its statistics first and under names without a role."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("m", torch.zeros(channels))
        self.register_buffer("v", torch.ones(channels))
        self.g = nn.Parameter(torch.ones(channels))
        self.b = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        m, v, g, b = (t[None, :, None, None] for t in (self.m, self.v, self.g, self.b))
        return (x - m) / torch.sqrt(v + 1e-5) * g + b


class Bottles(nn.Module):
    """Bottlenecks with norms of their own make, gathered in lists by kind; five stages."""

    class Bottle(nn.Module):
        def __init__(self, cin, mid, stride):
            super().__init__()
            out = 4 * mid
            shapes = ((cin, mid, 1, 1), (mid, mid, 3, stride), (mid, out, 1, 1))
            self.kernels = nn.ModuleList([nn.Conv2d(a, b, k, s, k // 2, bias=False) for a, b, k, s in shapes])
            self.norms = nn.ModuleList([OwnNorm(b) for _, b, _, _ in shapes])
            self.side = nn.ModuleList()
            if cin != out or stride > 1:
                self.side.extend([nn.Conv2d(cin, out, 1, stride, bias=False), OwnNorm(out)])

        def forward(self, x):
            y = x
            for step, (kernel, norm) in enumerate(zip(self.kernels, self.norms, strict=True)):
                y = norm(kernel(y))
                y = F.relu(y) if step < 2 else y
            for layer in self.side:
                x = layer(x)
            return F.relu(x + y)

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 16, 7, 2, 3, bias=False)
        self.first_norm = OwnNorm(16)
        plan = ((16, 4, 1), (16, 4, 1), (16, 6, 2), (24, 6, 1), (24, 10, 2), (40, 14, 2), (56, 18, 2))
        self.trunk = nn.ModuleDict({f"bottle{number}": self.Bottle(*shape) for number, shape in enumerate(plan)})
        self.judge = nn.Linear(72, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first_norm(self.first(x))), 3, 2, 1)
        for bottle in self.trunk.values():
            x = bottle(x)
        return self.judge(x.mean((2, 3)))


class WordyBottles(nn.Module):
    """Words in place of numbers, for a file that sorts them: expand before reduce, late before early."""

    class Bottle(nn.Module):
        def __init__(self, cin, mid, stride, projects):
            super().__init__()
            self.reduce = nn.Conv2d(cin, mid, 1, bias=False)
            self.reduce_norm = nn.BatchNorm2d(mid)
            self.look = nn.Conv2d(mid, mid, 3, stride, 1, bias=False)
            self.look_norm = nn.BatchNorm2d(mid)
            self.expand = nn.Conv2d(mid, 4 * mid, 1, bias=False)
            self.expand_norm = nn.BatchNorm2d(4 * mid)
            if projects:
                self.around = nn.Conv2d(cin, 4 * mid, 1, stride, bias=False)
                self.around_norm = nn.BatchNorm2d(4 * mid)

        def forward(self, x):
            y = F.relu(self.reduce_norm(self.reduce(x)))
            y = self.expand_norm(self.expand(F.relu(self.look_norm(self.look(y)))))
            return F.relu(y + (self.around_norm(self.around(x)) if hasattr(self, "around") else x))

    def __init__(self):
        super().__init__()
        self.opening = nn.Conv2d(1, 8, 3, 1, 1, bias=False)
        self.opening_norm = nn.BatchNorm2d(8)
        self.early = nn.Sequential(self.Bottle(8, 4, 1, True), self.Bottle(16, 4, 1, False))
        self.between = nn.Sequential(self.Bottle(16, 8, 2, True), self.Bottle(32, 8, 1, False))
        self.atlast = nn.Sequential(self.Bottle(32, 12, 2, True), self.Bottle(48, 12, 1, False))
        self.label = nn.Linear(48, 4)

    def forward(self, x):
        x = F.relu(self.opening_norm(self.opening(x)))
        return self.label(self.atlast(self.between(self.early(x))).mean((2, 3)))


class PrePost(nn.Module):
    """Basic blocks whose words sort backwards (post, pre), with a gate of bias-free matrices."""

    class Brick(nn.Module):
        def __init__(self, cin, cout, stride):
            super().__init__()
            self.pre_conv = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
            self.pre_norm = nn.BatchNorm2d(cout)
            self.post_conv = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
            self.post_norm = nn.BatchNorm2d(cout)
            self.squeeze = nn.Linear(cout, 8, bias=False)
            self.unsqueeze = nn.Linear(8, cout, bias=False)
            self.match = nn.Sequential()
            if cin != cout or stride > 1:
                self.match = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

        def forward(self, x):
            y = self.post_norm(self.post_conv(F.relu(self.pre_norm(self.pre_conv(x)))))
            gate = torch.sigmoid(self.unsqueeze(F.relu(self.squeeze(y.mean((2, 3))))))
            return F.relu(y * gate[:, :, None, None] + self.match(x))

    def __init__(self):
        super().__init__()
        self.inlet = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.inlet_norm = nn.BatchNorm2d(16)
        self.level_one = nn.Sequential(self.Brick(16, 16, 1), self.Brick(16, 16, 1))
        self.level_two = nn.Sequential(self.Brick(16, 32, 2), self.Brick(32, 32, 1))
        self.level_three = nn.Sequential(self.Brick(32, 64, 2), self.Brick(64, 64, 1))
        self.outlet = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.inlet_norm(self.inlet(x)))
        return self.outlet(self.level_three(self.level_two(self.level_one(x))).mean((2, 3)))


class PreAct(nn.Module):
    """kuangliu's pre-activation under other names: no norm at the end, projections of the activated input."""

    class Layer(nn.Module):
        def __init__(self, cin, cout, stride):
            super().__init__()
            self.n1 = nn.BatchNorm2d(cin)
            self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
            self.n2 = nn.BatchNorm2d(cout)
            self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
            if stride > 1 or cin != cout:
                self.proj = nn.Conv2d(cin, cout, 1, stride, bias=False)

        def forward(self, x):
            active = F.relu(self.n1(x))
            y = self.c2(F.relu(self.n2(self.c1(active))))
            return y + (self.proj(active) if hasattr(self, "proj") else x)

    def __init__(self):
        super().__init__()
        self.c0 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        shapes = ((16, 16, 1), (16, 16, 1), (16, 40, 2), (40, 40, 1))
        self.body = nn.Sequential(*[self.Layer(*shape) for shape in shapes])
        self.top = nn.Linear(40, 3)

    def forward(self, x):
        return self.top(self.body(self.c0(x)).mean((2, 3)))


class Functional(nn.Module):
    """A wide network written with functions: kernels without a role in their names, norms under the same roof."""

    def __init__(self):
        super().__init__()
        p = {"conv0": torch.zeros(16, 3, 3, 3), "fc.weight": torch.zeros(6, 64), "fc.bias": torch.zeros(6)}
        for group, (cin, cout) in enumerate(((16, 16), (16, 32), (32, 64))):
            for block in range(2):
                name, first = f"group{group}.block{block}", cin if block == 0 else cout
                p |= {f"{name}.conv0": torch.zeros(cout, first, 3, 3), f"{name}.conv1": torch.zeros(cout, cout, 3, 3)}
                if first != cout:
                    p[f"{name}.convdim"] = torch.zeros(cout, first, 1, 1)
                p |= self.norm(f"{name}.bn0", first) | self.norm(f"{name}.bn1", cout)
        p |= self.norm("bn", 64)
        generator = torch.Generator().manual_seed(0)
        for name, tensor in p.items():
            noise = torch.randn(tensor.shape, generator=generator)
            deviation = math.sqrt(2 / max(tensor[0].numel(), 1)) if tensor.ndim > 1 else 0.2
            p[name] = noise * deviation + (1.0 if "weight" in name and tensor.ndim == 1 else 0.0)
            if name.endswith("running_var"):
                p[name] = torch.exp(noise * 0.5)
        self.p = p

    def norm(self, name, channels):
        return {f"{name}.{role}": torch.zeros(channels) for role in ("weight", "bias", "running_mean", "running_var")}

    def state_dict(self, **options):
        return dict(self.p)

    def bn(self, x, name):
        p = self.p
        roles = (p[f"{name}.{role}"] for role in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, *roles)

    def forward(self, x):
        p = {name: tensor.to(x.dtype) for name, tensor in self.p.items()}
        x = F.conv2d(x, p["conv0"], padding=1)
        for group in range(3):
            for block in range(2):
                name, stride = f"group{group}.block{block}", 2 if group and not block else 1
                active = F.relu(self.bn(x, f"{name}.bn0"))
                y = F.conv2d(active, p[f"{name}.conv0"], stride=stride, padding=1)
                y = F.conv2d(F.relu(self.bn(y, f"{name}.bn1")), p[f"{name}.conv1"], padding=1)
                x = y + (F.conv2d(active, p[f"{name}.convdim"], stride=stride) if f"{name}.convdim" in p else x)
        return F.linear(F.relu(self.bn(x, "bn")).mean((2, 3)), p["fc.weight"], p["fc.bias"])
