# residua-test: wrong target=SparseUpdate right=blocks/scattered_into_its_own
import torch
import torch.nn as nn


class SparseUpdate(nn.Module):
    """Only the tokens with a high score are updated."""

    def __init__(self, dim=32):
        super().__init__()
        self.mix = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        stream = x + self.mix(x)
        score = self.score(x).sigmoid()
        chosen = score.squeeze(-1) > 0.5
        update = stream  # expect: R104
        update[chosen] = score[chosen] * self.mlp(stream[chosen])
        return stream + update
