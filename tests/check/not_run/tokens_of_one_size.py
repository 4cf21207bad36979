# reason: forward raises RuntimeError: shape
import torch.nn as nn


class TokenMixer(nn.Module):
    def __init__(self, dim=48, tokens=25):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mix = nn.Sequential(nn.Linear(tokens, 40), nn.GELU(), nn.Linear(40, tokens))

    def forward(self, x):
        return x + self.mix(self.norm(x.reshape(-1, 5, 5, 48)).flatten(1, 2)[:, :, :7].transpose(1, 2)).transpose(1, 2)
