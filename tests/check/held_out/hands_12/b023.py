# residua-test: wrong target=HighwayEncoder
# What is wrong: the carry gate is written 1 - h (the candidate) instead of 1 - t, so the gates do not add up to one and the skip is scaled by the activation
import torch
import torch.nn as nn
import torch.nn.functional as F


class HighwayLayer(nn.Module):
    def __init__(self, size, bias=-2.0):
        super().__init__()
        self.transform = nn.Linear(size, size)
        self.gate = nn.Linear(size, size)
        # negative: carry at the beginning
        self.gate.bias.data.fill_(bias)

    def forward(self, x):
        h = F.relu(self.transform(x))
        t = torch.sigmoid(self.gate(x))
        return h * t + x * (1 - h)  # expect: R201


class HighwayEncoder(nn.Module):
    """Highway layers (Srivastava et al.) over word vectors, y = t * h + (carry gate) * x"""

    def __init__(self, embed_size=40, num_layers=2, dropout=0.1):
        super().__init__()
        self.layers = nn.ModuleList([HighwayLayer(embed_size) for _ in range(num_layers)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        for layer in self.layers:
            x = self.dropout(layer(x))
        return x
