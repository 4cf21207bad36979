# residua-test: wrong target=ResidualUnit right=blocks/functional slow
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
            s = F.conv2d(F.avg_pool2d(x, self.stride), self.ws)  # expect: R148
            s = norm(self, 2, s)
        h = h + s
        return F.relu(h)
