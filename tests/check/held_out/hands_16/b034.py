# residua-test: wrong target=FiLMResBlock
# What is wrong: the modulation is h * scale + shift (no 1 +) with a zero-initialised embedding layer and a zero-initialised output conv, so h is always zero and apart from the last bias nothing of the branch ever gets a gradient.
import torch
import torch.nn as nn


def zero_module(module):
    for p in module.parameters():
        p.detach().zero_()
    return module


class FiLMResBlock(nn.Module):
    def __init__(self, channels, emb_channels, out_channels=None, dropout=0.0, groups=8):
        super().__init__()
        out_channels = out_channels or channels
        self.in_layers = nn.Sequential(
            nn.GroupNorm(groups, channels),
            nn.SiLU(),
            nn.Conv2d(channels, out_channels, 3, padding=1),
        )
        # conditioning starts neutral
        self.emb_layers = nn.Sequential(nn.SiLU(), zero_module(nn.Linear(emb_channels, 2 * out_channels)))
        self.out_norm = nn.GroupNorm(groups, out_channels)
        self.out_act = nn.Sequential(nn.SiLU(), nn.Dropout(dropout))
        self.out_conv = zero_module(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        if out_channels == channels:
            self.skip_connection = nn.Identity()
        else:
            self.skip_connection = nn.Conv2d(channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        scale, shift = self.emb_layers(emb)[..., None, None].chunk(2, dim=1)
        h = self.out_norm(h) * scale + shift  # expect: R172
        h = self.out_conv(self.out_act(h))
        return self.skip_connection(x) + h
