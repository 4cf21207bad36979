# residua-test: wrong target=MedusaHead
# What is wrong: list multiplication puts the same ResBlock object num_layers times in the Sequential: all layers of a head share their weights.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    """
    Linear + SiLU with a skip. The linear starts at zero, so at first it is the identity
    and the head equals the base model's lm_head.
    """

    def __init__(self, hidden_size):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.act = nn.SiLU()

    def forward(self, x):
        return x + self.act(self.linear(x))


class MedusaHead(nn.Module):  # found: R133
    def __init__(self, hidden_size=64, vocab_size=200, num_heads=3, num_layers=2):
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

    def forward(self, hidden):
        return torch.stack([head(hidden) for head in self.heads], dim=0)
