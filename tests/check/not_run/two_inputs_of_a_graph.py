# reason: forward raises
# In the other test it is given what it asks for: x=6x16, edges=long[2x5].
import torch
import torch.nn as nn


class ResidualGraphLayer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.lin = nn.Linear(channels, channels)

    def forward(self, x, edges):
        source, target = edges
        assert edges.dtype == torch.long
        return x + torch.zeros_like(x).index_add(0, target % len(x), torch.relu(self.lin(x[source % len(x)])))
