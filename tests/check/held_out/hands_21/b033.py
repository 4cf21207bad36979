# residua-test: right target=WaveNet
# Why it is right: A correct WaveNet: gated causal layers, separate 1x1 convolutions for residual and skip, and the skips are summed for the output.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GatedLayer(nn.Module):
    def __init__(self, res, skip, dilation, last):
        super().__init__()
        self.shift = dilation
        self.filter = nn.Conv1d(res, res, 2, dilation=dilation)
        self.gate = nn.Conv1d(res, res, 2, dilation=dilation)
        self.to_res = None if last else nn.Conv1d(res, res, 1)
        self.to_skip = nn.Conv1d(res, skip, 1)

    def forward(self, x):
        past = F.pad(x, (self.shift, 0))
        z = torch.tanh(self.filter(past)) * torch.sigmoid(self.gate(past))
        if self.to_res is not None:
            x = x + self.to_res(z)
        return x, self.to_skip(z)


class WaveNet(nn.Module):
    """mu-law indices (batch, time) -> logits (batch, classes, time)"""

    def __init__(self, classes=64, res=16, skip=32, depth=5):
        super().__init__()
        self.embed = nn.Embedding(classes, res)
        self.layers = nn.ModuleList([GatedLayer(res, skip, 2 ** i, i == depth - 1) for i in range(depth)])
        self.post = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, classes, 1))

    def forward(self, idx):
        x = self.embed(idx).transpose(1, 2)
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s
        return self.post(total)
