# residua-test: wrong target=MedusaModel
# What is wrong: [ResBlock(h)] * n repeats one object, so the residual layers of a head share their weights and the head has the depth of one set of parameters.
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    """Linear + SiLU with a skip. The linear starts at zero so that the block is the identity at first."""

    def __init__(self, hidden_size):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        torch.nn.init.zeros_(self.linear.weight)
        self.act = nn.SiLU()

    def forward(self, x):
        return x + self.act(self.linear(x))


class MedusaModel(nn.Module):  # found: R133
    """Extra decoding heads on top of the last hidden state of a frozen LLM.

    Args:
        medusa_num_heads: how many tokens ahead
        medusa_num_layers: number of ResBlocks in each head
    """

    def __init__(self, hidden_size=64, vocab_size=200, medusa_num_heads=3, medusa_num_layers=2):
        super().__init__()
        self.medusa = medusa_num_heads
        self.medusa_head = nn.ModuleList(
            [
                nn.Sequential(
                    *([ResBlock(hidden_size)] * medusa_num_layers),  # expect: R122
                    nn.Linear(hidden_size, vocab_size, bias=False),
                )
                for _ in range(medusa_num_heads)
            ]
        )

    def forward(self, hidden_states):
        logits = []
        for i in range(self.medusa):
            logits.append(self.medusa_head[i](hidden_states))
        return torch.stack(logits, dim=0)
