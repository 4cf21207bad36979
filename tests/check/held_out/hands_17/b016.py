# residua-test: wrong target=TokenMixer
# What is wrong: [layer] * depth repeats one object: all layers have the same weights
import torch.nn as nn
import torch.nn.functional as F


class MixLayer(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.norm_t, self.norm_c = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.token_in, self.token_out = nn.Linear(tokens, 2 * tokens), nn.Linear(2 * tokens, tokens)
        self.chan_in, self.chan_out = nn.Linear(dim, 2 * dim), nn.Linear(2 * dim, dim)

    def forward(self, x):
        t = self.norm_t(x).transpose(1, 2)
        x = x + self.token_out(F.gelu(self.token_in(t))).transpose(1, 2)
        return x + self.chan_out(F.gelu(self.chan_in(self.norm_c(x))))


class TokenMixer(nn.Module):
    """(batch, tokens, dim) to class scores."""

    def __init__(self, tokens=16, dim=48, depth=6, classes=7):
        super().__init__()
        layer = MixLayer(tokens, dim)
        self.layers = nn.ModuleList([layer] * depth)  # expect: R122
        self.norm = nn.LayerNorm(dim)
        self.score = nn.Linear(dim, classes)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.score(self.norm(x).mean(1))
