# residua-test: wrong target=MedusaHeads args=hidden_size=64,vocab_size=100,num_heads=3,num_layers=2
# What is wrong: List multiplication repeats one ResBlock object, so all residual layers of a head share their weights
"""Extra decoding heads on top of a frozen language model (speculative decoding)."""
import torch
from torch import nn


class ResBlock(nn.Module):
    """x + SiLU(Wx + b); W and b start at zero, so that a new head starts as the identity."""

    def __init__(self, hidden_size):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.linear.bias)
        self.act = nn.SiLU()

    def forward(self, x):
        return x + self.act(self.linear(x))


class MedusaHeads(nn.Module):  # found: R133
    def __init__(self, hidden_size=4096, vocab_size=32000, num_heads=4, num_layers=2):
        super().__init__()
        self.hidden_size = hidden_size
        self.vocab_size = vocab_size
        self.num_heads = num_heads
        self.num_layers = num_layers
        self.heads = nn.ModuleList(
            [
                nn.Sequential(
                    *([ResBlock(self.hidden_size)] * self.num_layers),  # expect: R122
                    nn.Linear(self.hidden_size, self.vocab_size, bias=False),
                )
                for _ in range(self.num_heads)
            ]
        )

    def forward(self, hidden_states):
        logits = [head(hidden_states) for head in self.heads]
        return torch.stack(logits, dim=0)
