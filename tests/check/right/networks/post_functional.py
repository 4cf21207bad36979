# residua-test: right target=ResidualNetwork18 train style=network slow
import torch
import torch.nn as nn
import torch.nn.functional as F


def norm(module, i, x):
    mean, var = getattr(module, f"m{i}"), getattr(module, f"v{i}")
    return F.batch_norm(x, mean, var, module.g[i], module.b[i], module.training)


class ResidualUnit(nn.Module):
    def __init__(self, nin, nout, stride=1):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(nout, nin, 3, 3) * 0.05)
        self.w2 = nn.Parameter(torch.randn(nout, nout, 3, 3) * 0.05)
        self.g = nn.ParameterList(nn.Parameter(torch.ones(nout)) for _ in range(3))
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(nout)) for _ in range(3))
        for i in range(3):
            self.register_buffer(f"m{i}", torch.zeros(nout))
            self.register_buffer(f"v{i}", torch.ones(nout))
        self.stride = stride
        self.project = stride != 1 or nin != nout
        self.ws = nn.Parameter(torch.randn(nout, nin, 1, 1) * 0.1) if self.project else None

    def forward(self, x):
        h = F.conv2d(x, self.w1, stride=self.stride, padding=1)
        h = norm(self, 0, h).relu()
        h = F.conv2d(h, self.w2, padding=1)
        h = norm(self, 1, h)
        s = x
        if self.project:
            s = F.conv2d(x, self.ws, stride=self.stride)
            s = norm(self, 2, s)
        h = h + s
        return F.relu(h)


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
