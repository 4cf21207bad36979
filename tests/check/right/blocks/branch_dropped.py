# residua-test: right target=MixerLayer
import torch
import torch.nn as nn


class DropSample(nn.Module):
    """Stochastic depth: a whole sample is kept or dropped."""

    def __init__(self, p=0.2):
        super().__init__()
        self.p = p

    def forward(self, z):
        if not self.training:
            return z
        mask = torch.rand_like(z[:, :1, :1]) >= self.p
        return z * mask.to(z.dtype) / (1 - self.p)


class MixerLayer(nn.Module):
    """Tokens are mixed, then features."""

    def __init__(self, features=64, tokens=16):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(features), nn.LayerNorm(features)
        self.tokens = nn.Sequential(nn.Linear(tokens, 2 * tokens), nn.GELU(), nn.Linear(2 * tokens, tokens))
        self.features = nn.Sequential(nn.Linear(features, 2 * features), nn.GELU(), nn.Linear(2 * features, features))
        self.drop = DropSample()

    def forward(self, x):  # residua: input=2x16x64
        mixed = self.tokens(self.ln1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.drop(mixed)
        return x + self.drop(self.features(self.ln2(x)))
