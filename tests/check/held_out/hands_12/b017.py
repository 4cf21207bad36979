# residua-test: wrong target=MedusaHeads
# What is wrong: `[ResBlock(...)] * n` repeats one object, so all residual blocks of a head share the same weights
from typing import List

import torch
import torch.nn as nn


class ResBlock(nn.Module):
    """Linear + SiLU with a residual connection; the linear starts at zero (identity)."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.linear.bias)
        self.act = nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.act(self.linear(x))


class MedusaHeads(nn.Module):  # found: R133
    """`num_heads` extra decoding heads, each with `num_layers` residual blocks and its own lm head."""

    def __init__(self, hidden_size: int, vocab_size: int, num_heads: int = 3, num_layers: int = 2):
        super().__init__()
        self.num_heads = num_heads
        self.heads = nn.ModuleList(
            [
                nn.Sequential(
                    *([ResBlock(hidden_size)] * num_layers),  # expect: R122
                    nn.Linear(hidden_size, vocab_size, bias=False),
                )
                for _ in range(num_heads)
            ]
        )

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        logits: List[torch.Tensor] = []
        for i in range(self.num_heads):
            logits.append(self.heads[i](hidden_states))
        return torch.stack(logits, dim=0)
