# residua-test: wrong target=MedusaHeads
# What is wrong: [ResBlock(...)] * num_layers repeats one object, so all the residual layers of a head share the same weights (depth in name only)
import torch
import torch.nn as nn


class ResBlock(nn.Module):
    """
    A Residual Block module: linear layer, SiLU, added to the input.
    Starts as the identity.
    """

    def __init__(self, hidden_size):
        super().__init__()
        self.linear = nn.Linear(hidden_size, hidden_size)
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.linear.bias)
        self.act = nn.SiLU()

    def forward(self, x):
        return x + self.act(self.linear(x))


class MedusaHeads(nn.Module):  # found: R133
    """Extra decoding heads on the last hidden state of a (frozen) LM.

    medusa_num_heads: how many future tokens
    medusa_num_layers: residual layers of every head
    """

    def __init__(self, hidden_size=64, vocab_size=100, medusa_num_heads=3, medusa_num_layers=2):
        super().__init__()
        self.hidden_size = hidden_size
        self.vocab_size = vocab_size
        self.medusa = medusa_num_heads
        self.medusa_num_layers = medusa_num_layers
        self.medusa_head = nn.ModuleList(
            [
                nn.Sequential(
                    *([ResBlock(self.hidden_size)] * medusa_num_layers),  # expect: R122
                    nn.Linear(self.hidden_size, self.vocab_size, bias=False),
                )
                for _ in range(medusa_num_heads)
            ]
        )

    def forward(self, hidden_states):
        medusa_logits = []
        for i in range(self.medusa):
            medusa_logits.append(self.medusa_head[i](hidden_states))
        return torch.stack(medusa_logits, dim=0)
