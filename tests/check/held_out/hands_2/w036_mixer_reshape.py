# residua-test: wrong target=MixerBlock args=num_tokens=9,dim=16
# What is wrong: reshape instead of transpose brings (B, C, N) back to (B, N, C): tokens and channels are scrambled before the add
import torch
import torch.nn as nn


def mlp(d, h):
    return nn.Sequential(nn.Linear(d, h), nn.GELU(), nn.Linear(h, d))


class MixerBlock(nn.Module):
    def __init__(self, num_tokens, dim, hidden=32):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.token_mlp = mlp(num_tokens, hidden)
        self.channel_mlp = mlp(dim, hidden)

    def forward(self, x):
        y = self.norm1(x).transpose(1, 2)
        y = self.token_mlp(y)
        y = y.reshape(x.shape)  # expect: R164
        x = x + y  # expect
        return x + self.channel_mlp(self.norm2(x))
