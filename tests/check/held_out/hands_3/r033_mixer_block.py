# residua-test: right target=MixerBlock args='num_patches=10, dim=24'
import torch
import torch.nn as nn


class FeedForward(nn.Sequential):
    def __init__(self, dim, hidden, p=0.):
        super().__init__(nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(p), nn.Linear(hidden, dim), nn.Dropout(p))


class MixerBlock(nn.Module):
    """MLP-Mixer layer on (batch, patches, channels)."""

    def __init__(self, num_patches, dim, token_dim=32, channel_dim=64, dropout=0.):
        super().__init__()
        self.norm_t = nn.LayerNorm(dim)
        self.token_mix = FeedForward(num_patches, token_dim, dropout)
        self.norm_c = nn.LayerNorm(dim)
        self.channel_mix = FeedForward(dim, channel_dim, dropout)

    def forward(self, x):
        y = self.norm_t(x).transpose(1, 2)
        x = x + self.token_mix(y).transpose(1, 2)
        return x + self.channel_mix(self.norm_c(x))
