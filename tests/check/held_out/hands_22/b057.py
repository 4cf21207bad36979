# residua-test: wrong target=MlpMixer
# What is wrong: The second skip starts from the block input instead of the token-mixed stream, so the output loses the token-mixing residual.
import torch
from torch import nn


def mlp(dim, hidden, p=0.0):
    return nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(p), nn.Linear(hidden, dim), nn.Dropout(p))


class MixerBlock(nn.Module):
    def __init__(self, tokens, channels, tokens_hidden, channels_hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.norm2 = nn.LayerNorm(channels)
        self.tokens_mlp = mlp(tokens, tokens_hidden)
        self.channels_mlp = mlp(channels, channels_hidden)

    def forward(self, x):  # (bs, tokens, channels)
        y = self.norm1(x).transpose(1, 2)
        y = self.tokens_mlp(y).transpose(1, 2)
        out = x + y
        y = self.channels_mlp(self.norm2(out))
        return x + y  # expect: R178


class MlpMixer(nn.Module):
    def __init__(self, num_classes=10, image_size=32, patch=8, dim=48, depth=3):
        super().__init__()
        n = (image_size // patch) ** 2
        self.embed = nn.Conv2d(3, dim, patch, stride=patch)
        self.blocks = nn.Sequential(*[MixerBlock(n, dim, 32, 96) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, img):
        x = self.embed(img).flatten(2).transpose(1, 2)
        x = self.norm(self.blocks(x)).mean(dim=1)
        return self.head(x)
