# residua-test: wrong target=AdapterBlock
# What is wrong: Tokens are laid out (L, N, D), so the drop-path mask built on dimension 0 drops single tokens of all images instead of whole samples.
from collections import OrderedDict
import torch
from torch import nn


class DropPath(nn.Module):
    def __init__(self, drop_prob=0.0):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if self.drop_prob == 0.0 or not self.training:
            return x
        keep = 1.0 - self.drop_prob
        mask = x.new_empty((x.shape[0], 1, 1)).bernoulli_(keep)  # expect
        return x * mask / keep


class Adapter(nn.Module):
    def __init__(self, dim, ratio=0.25):
        super().__init__()
        hidden = int(dim * ratio)
        self.down, self.act, self.up = nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim)

    def forward(self, x):
        return x + self.up(self.act(self.down(x)))


class AdapterBlock(nn.Module):
    """Frozen-CLIP block with adapters for video recognition.

    x: (tokens, batch * frames, d_model), the layout nn.MultiheadAttention uses by default.
    """

    def __init__(self, d_model, n_head, drop_path=0.2):
        super().__init__()
        self.attn = nn.MultiheadAttention(d_model, n_head)
        self.ln_1 = nn.LayerNorm(d_model)
        self.ln_2 = nn.LayerNorm(d_model)
        self.mlp = nn.Sequential(OrderedDict([
            ("c_fc", nn.Linear(d_model, d_model * 4)),
            ("gelu", nn.GELU()),
            ("c_proj", nn.Linear(d_model * 4, d_model)),
        ]))
        self.s_adapter = Adapter(d_model)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        y = self.ln_1(x)
        y = self.attn(y, y, y, need_weights=False)[0]  # found: R204
        x = x + self.drop_path(self.s_adapter(y))
        return x + self.drop_path(self.mlp(self.ln_2(x)))
