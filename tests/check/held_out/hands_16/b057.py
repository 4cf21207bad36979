# residua-test: wrong target=MixerBlock
# What is wrong: the stochastic depth mask is true where rand < drop_prob, so branches are kept with probability drop_prob (and dropped with 1 - drop_prob) while the scale divides by keep_prob.
import torch
import torch.nn as nn


class StochasticDepth(nn.Module):
    """drops the residual branch of single samples with probability `drop_prob` (training only)"""

    def __init__(self, drop_prob: float = 0.1):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        if not self.training or self.drop_prob == 0.0:
            return x
        keep_prob = 1.0 - self.drop_prob
        shape = [x.size(0)] + [1] * (x.dim() - 1)
        mask = (torch.rand(shape, device=x.device) < self.drop_prob).to(x.dtype)  # expect: R169
        return x / keep_prob * mask


def mlp(dim, hidden):
    return nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))


class MixerBlock(nn.Module):
    def __init__(self, num_patches, dim, drop_path=0.1, token_ratio=0.5, channel_ratio=4):
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.token_mix = mlp(num_patches, max(1, int(num_patches * token_ratio)))
        self.ln_2 = nn.LayerNorm(dim)
        self.channel_mix = mlp(dim, dim * channel_ratio)
        self.sd = StochasticDepth(drop_path)

    def forward(self, x):
        # x: (batch, patches, dim)
        y = self.token_mix(self.ln_1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.sd(y)
        return x + self.sd(self.channel_mix(self.ln_2(x)))
