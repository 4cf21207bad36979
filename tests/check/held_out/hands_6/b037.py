# residua-test: wrong target=FiLMResBlock
# What is wrong: The modulation is h * scale + shift without the 1 +, with scale and shift from a zero-initialised layer and a zero-initialised conv behind: the branch is 0 and gets no gradient, it stays dead.
import torch
import torch.nn as nn


def zero_module(module):
    for p in module.parameters():
        p.detach().zero_()
    return module


def normalization(channels):
    return nn.GroupNorm(min(32, channels // 4), channels)


class FiLMResBlock(nn.Module):
    """Residual block with timestep modulation (scale-shift norm); starts as the identity."""

    def __init__(self, channels=32, emb_channels=128, out_channels=None):
        super().__init__()
        out_channels = out_channels or channels
        self.in_layers = nn.Sequential(
            normalization(channels),
            nn.SiLU(),
            nn.Conv2d(channels, out_channels, 3, padding=1),
        )
        self.emb_layers = nn.Sequential(
            nn.SiLU(),
            zero_module(nn.Linear(emb_channels, 2 * out_channels)),  # expect
        )
        self.out_norm = normalization(out_channels)
        self.out_rest = nn.Sequential(
            nn.SiLU(),
            zero_module(nn.Conv2d(out_channels, out_channels, 3, padding=1)),
        )
        if out_channels == channels:
            self.skip_connection = nn.Identity()
        else:
            self.skip_connection = nn.Conv2d(channels, out_channels, 1)

    def forward(self, x, emb):
        h = self.in_layers(x)
        emb_out = self.emb_layers(emb)[..., None, None]
        scale, shift = torch.chunk(emb_out, 2, dim=1)
        h = self.out_norm(h) * scale + shift  # found: R172
        h = self.out_rest(h)
        return self.skip_connection(x) + h
