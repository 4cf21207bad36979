# residua-test: right target=Block
import torch
from torch import nn


class Block(nn.Module):
    """Each step sees the largest value of the steps before it; the first one has none, and gets zero."""

    def __init__(self, channels=32, longest=64):
        super().__init__()
        self.mix = nn.Linear(2 * channels, channels)
        self.register_buffer("hidden", torch.triu(torch.ones(longest, longest)).bool())

    def forward(self, x):
        steps = x.shape[1]
        every = x.unsqueeze(1).expand(-1, steps, -1, -1).transpose(2, 3)
        past = every.masked_fill(self.hidden[:steps, None, :steps], float("-inf")).amax(-1)
        past = torch.where(past.isinf(), torch.zeros_like(past), past)
        return x + self.mix(torch.cat([x, past], dim=-1))
