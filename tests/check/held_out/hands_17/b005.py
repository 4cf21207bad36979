# residua-test: wrong target=FeedForwardModule
# What is wrong: the result of F.dropout is not assigned: the hidden units are never dropped
import torch.nn.functional as F
from torch import nn


class FeedForwardModule(nn.Module):
    """Half-step feed-forward layer of a speech encoder, (batch, frames, size)."""

    def __init__(self, size=48, mult=4, rate=0.15):
        super().__init__()
        self.rate = rate
        self.norm = nn.LayerNorm(size)
        self.up = nn.Linear(size, mult * size)
        self.down = nn.Linear(mult * size, size)

    def forward(self, frames):
        hidden = F.silu(self.up(self.norm(frames)))
        F.dropout(hidden, p=self.rate, training=self.training)  # expect: R155
        return frames + 0.5 * self.down(hidden)
