# residua-test: right target=MixerLayer
from torch import nn


class TokenMixing(nn.Module):
    def __init__(self, tokens, hidden):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(tokens, hidden), nn.GELU(), nn.Linear(hidden, tokens))

    def forward(self, x):
        y = x.transpose(1, 2)
        return self.net(y).transpose(1, 2)


class MixerLayer(nn.Module):
    def __init__(self, dim=32, tokens=16, use_skip=True):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mix = TokenMixing(tokens, 2 * tokens)
        self.use_skip = use_skip

    def forward(self, x):
        mixed = self.mix(self.norm(x))
        if not self.use_skip:
            return mixed
        return x + mixed
