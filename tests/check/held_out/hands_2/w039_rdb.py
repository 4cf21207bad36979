# residua-test: wrong target=RDB
# What is wrong: the residual dense block computes the fusion but returns it without the local residual
import torch
import torch.nn as nn


class DenseLayer(nn.Module):
    def __init__(self, cin, growth):
        super().__init__()
        self.conv = nn.Conv2d(cin, growth, 3, padding=1)

    def forward(self, feats):
        return torch.relu(self.conv(torch.cat(feats, 1)))


class RDB(nn.Module):
    """Residual dense block: dense layers, local feature fusion, local residual learning."""

    def __init__(self, nf=64, growth=32, n_layers=3):
        super().__init__()
        self.layers = nn.ModuleList([DenseLayer(nf + i * growth, growth) for i in range(n_layers)])
        self.lff = nn.Conv2d(nf + n_layers * growth, nf, 1)

    def forward(self, x):
        feats = [x]
        for layer in self.layers:
            feats.append(layer(feats))
        return self.lff(torch.cat(feats, 1))  # expect: R153
