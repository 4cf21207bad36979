# residua-test: wrong target=MedusaHeads
# What is wrong: `[ResBlock(...)] * n` repeats one object, so all residual layers of a head share one set of weights
from typing import List

import torch
import torch.nn as nn


class ResBlock(nn.Module):
    """Linear residual layer, starts as the identity."""

    def __init__(self, hidden_size: int):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.act = nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.act(self.linear(x))


class MedusaHeads(nn.Module):  # found: R133
    """
    Extra decoding heads on top of the last hidden state of a language model.

    hidden_size: width of the hidden states
    vocab_size:  number of output tokens
    num_heads:   how many future tokens are guessed
    num_layers:  depth of each head, counted in residual layers
    """

    def __init__(self, hidden_size: int, vocab_size: int, num_heads: int = 3, num_layers: int = 4):
        super().__init__()
        self.hidden_size = hidden_size
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
        # hidden_states: [batch, seq, hidden]
        logits: List[torch.Tensor] = []
        for head in self.heads:
            logits.append(head(hidden_states))
        return torch.stack(logits, dim=0)
