# residua-test: right target=MixerBlock
import torch.nn as nn
class MixerBlock(nn.Module):
    def __init__(self, dim=64, num_patch=49, token_dim=32, channel_dim=128):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.tok = nn.Sequential(nn.Linear(num_patch, token_dim), nn.GELU(), nn.Linear(token_dim, num_patch))
        self.ch = nn.Sequential(nn.Linear(dim, channel_dim), nn.GELU(), nn.Linear(channel_dim, dim))
    def forward(self, x):
        x = x + self.tok(self.n1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.ch(self.n2(x))
