# residua-test: wrong target=DraftHeads
# What is wrong: The list multiplication repeats one and the same ResBlock object, so the layers of a head share their weights.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        nn.init.zeros_(self.linear.weight)
        self.act = nn.SiLU()

    def forward(self, x):
        return x + self.act(self.linear(x))


class DraftHeads(nn.Module):  # found: R133
    """Extra decoding heads on top of a frozen language model: head k predicts
    the token k + 1 positions ahead."""

    def __init__(self, hidden_size=64, vocab_size=100, num_heads=3, num_layers=2):
        super().__init__()
        self.num_heads = num_heads
        self.heads = nn.ModuleList(
            nn.Sequential(
                *([ResBlock(hidden_size)] * num_layers),  # expect: R122
                nn.Linear(hidden_size, vocab_size, bias=False),
            )
            for _ in range(num_heads)
        )

    def forward(self, hidden_states):
        return torch.stack([head(hidden_states) for head in self.heads], dim=0)
