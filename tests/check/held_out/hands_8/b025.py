# residua-test: right target=DenseStage
import torch
from torch import nn
from torch.utils import checkpoint as cp


class DenseLayer(nn.Module):
    def __init__(self, n_in, growth, bn_size, memory_efficient):
        super().__init__()
        self.memory_efficient = memory_efficient
        self.norm1 = nn.GroupNorm(1, n_in)
        self.conv1 = nn.Conv2d(n_in, bn_size * growth, 1, bias=False)
        self.norm2 = nn.GroupNorm(1, bn_size * growth)
        self.conv2 = nn.Conv2d(bn_size * growth, growth, 3, padding=1, bias=False)
        self.act = nn.ReLU()

    def squeeze(self, *feats):
        return self.conv1(self.act(self.norm1(torch.cat(feats, 1))))

    def forward(self, feats):
        if self.memory_efficient and any(f.requires_grad for f in feats):
            h = cp.checkpoint(self.squeeze, *feats, use_reentrant=False)
        else:
            h = self.squeeze(*feats)
        return self.conv2(self.act(self.norm2(h)))


class DenseStage(nn.Module):
    def __init__(self, n_in=16, n_layers=3, growth=8, bn_size=2, memory_efficient=False):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            self.layers.append(DenseLayer(n_in + i * growth, growth, bn_size, memory_efficient))
        n_all = n_in + n_layers * growth
        self.transition = nn.Sequential(
            nn.GroupNorm(1, n_all),
            nn.ReLU(),
            nn.Conv2d(n_all, n_all // 2, 1, bias=False),
            nn.AvgPool2d(2),
        )

    def forward(self, x):
        feats = [x]
        for layer in self.layers:
            feats.append(layer(feats))
        return self.transition(torch.cat(feats, 1))
