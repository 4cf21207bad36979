# residua-test: right target=FeatTransformer
import math
import torch
import torch.nn as nn


class GLULayer(nn.Module):
    def __init__(self, d_in, d_out, fc=None):
        super().__init__()
        self.fc = fc if fc is not None else nn.Linear(d_in, 2 * d_out, bias=False)
        self.bn = nn.BatchNorm1d(2 * d_out)
        self.d_out = d_out

    def forward(self, x):
        x = self.bn(self.fc(x))
        return x[:, :self.d_out] * torch.sigmoid(x[:, self.d_out:])


class GLUBlock(nn.Module):
    def __init__(self, d_in, d_out, n_glu=2, first=False, shared=None):
        super().__init__()
        self.first = first
        shared = shared if shared is not None else [None] * n_glu
        self.glu_layers = nn.ModuleList(
            [GLULayer(d_in if (i == 0 and first) else d_out, d_out, fc=shared[i]) for i in range(n_glu)])
        self.scale = math.sqrt(0.5)

    def forward(self, x):
        layers = list(self.glu_layers)
        if self.first:
            # width changes in the first layer, nothing to add there
            x = layers.pop(0)(x)
        for glu in layers:
            x = (x + glu(x)) * self.scale
        return x


class StepTransformer(nn.Module):
    def __init__(self, d_in, d_out, shared_fcs):
        super().__init__()
        self.shared = GLUBlock(d_in, d_out, len(shared_fcs), first=True, shared=shared_fcs)
        self.specifics = GLUBlock(d_out, d_out, 2)

    def forward(self, x):
        return self.specifics(self.shared(x))


class FeatTransformer(nn.Module):
    """n_steps steps, each with a learned (static) weighting of the columns. As in the TabNet paper the first two fully connected layers
    are shared across all steps (weights only, every step keeps its own batch norm)."""

    def __init__(self, d_in=12, d_out=16, n_steps=3, n_classes=2):
        super().__init__()
        shared_fcs = nn.ModuleList([nn.Linear(d_in, 2 * d_out, bias=False), nn.Linear(d_out, 2 * d_out, bias=False)])
        self.initial_bn = nn.BatchNorm1d(d_in)
        self.steps = nn.ModuleList([StepTransformer(d_in, d_out, shared_fcs) for _ in range(n_steps)])
        self.columns = nn.Parameter(0.1 * torch.randn(n_steps, d_in))
        self.final = nn.Linear(d_out, n_classes)

    def forward(self, x):
        x = self.initial_bn(x)
        res = 0
        for step, w in zip(self.steps, self.columns.softmax(1)):
            res = res + torch.relu(step(x * w * x.shape[1]))
        return self.final(res)
