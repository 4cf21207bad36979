# residua-test: wrong target=MixerBlock
# What is wrong: the tokens and channels are swapped with reshape instead of transpose, so the "token mixing" runs over scrambled values and is added back at wrong places.
import torch
import torch.nn as nn


class MlpBlock(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))

    def forward(self, x):
        return self.net(x)


class MixerBlock(nn.Module):
    '''x: (bs, tokens, channels)'''

    def __init__(self, num_tokens, num_channels, token_hidden=32, channel_hidden=128):
        super().__init__()
        self.ln1 = nn.LayerNorm(num_channels)
        self.token_mlp = MlpBlock(num_tokens, token_hidden)
        self.ln2 = nn.LayerNorm(num_channels)
        self.channel_mlp = MlpBlock(num_channels, channel_hidden)

    def forward(self, x):
        bs, n, c = x.shape
        ### token mixing
        y = self.ln1(x)
        y = y.reshape(bs, c, n)  # expect: R164
        y = self.token_mlp(y)
        y = y.reshape(bs, n, c)
        x = x + y
        ### channel mixing
        y = self.channel_mlp(self.ln2(x))
        return x + y
