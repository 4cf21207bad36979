# residua-test: wrong target=UShapedMixer
import torch.nn as nn


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class UShapedMixer(nn.Module):
    """A U of token mixers, (B, N, width) in and out."""

    def __init__(self, width=16, half=3):
        super().__init__()
        self.down = nn.ModuleList([Layer(width) for _ in range(half)])
        self.middle = Layer(width)
        self.up = nn.ModuleList([Layer(width) for _ in range(half)])

    def forward(self, x):
        kept = []
        for layer in self.down:
            x = layer(x)
            kept.append(x)
        x = self.middle(x)
        for layer in self.up:
            x = x + kept.pop(0)  # expect: R214
            x = layer(x)
        return x
