# residua-test: wrong target=MixerBlock
# What is wrong: The mask keeps a sample when rand < drop_prob, so the branch is dropped with probability 1 - drop_prob (0.9 instead of 0.1) and the rescaling does not fit
import torch
from torch import nn


class DropPath(nn.Module):
    def __init__(self, drop_prob: float = 0.):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if self.drop_prob == 0. or not self.training:
            return x
        keep_prob = 1. - self.drop_prob
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        mask = torch.rand(shape, device=x.device) < self.drop_prob  # expect: R169
        return x / keep_prob * mask.to(x.dtype)


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class MixerBlock(nn.Module):
    """tokens: (B, num_patches, dim)"""

    def __init__(self, num_patches, dim, token_dim=128, channel_dim=256, drop_path=0.1):
        super().__init__()
        self.ln1 = nn.LayerNorm(dim)
        self.token_mix = Mlp(num_patches, token_dim)
        self.ln2 = nn.LayerNorm(dim)
        self.channel_mix = Mlp(dim, channel_dim)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        y = self.token_mix(self.ln1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.drop_path(y)
        x = x + self.drop_path(self.channel_mix(self.ln2(x)))
        return x
