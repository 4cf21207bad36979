# residua-test: right target=EvenUpdate
import torch.nn as nn


class EvenUpdate(nn.Module):
    """Of the sum of the stream and its copy every second feature is new; the others count twice."""

    def __init__(self, dim=32):
        super().__init__()
        self.mix = nn.Linear(dim, dim)
        self.mlp = nn.Linear(dim, dim)

    def forward(self, x):
        stream = x + self.mix(x)
        update = stream.clone()
        update[:, ::2] = self.mlp(stream)[:, ::2]
        return stream + update
