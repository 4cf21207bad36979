# residua-test: right target=LetterModel
import torch
from torch import nn


class MixUnit(nn.Module):
    """Looks back by a causal depthwise convolution."""

    def __init__(self, dim, look=4):
        super().__init__()
        self.look = look
        self.norm = nn.LayerNorm(dim)
        self.back = nn.Conv1d(dim, dim, look, groups=dim)
        self.up, self.down = nn.Linear(dim, 3 * dim), nn.Linear(3 * dim, dim)

    def forward(self, x):
        h = self.norm(x).transpose(1, 2)
        h = self.back(nn.functional.pad(h, (self.look - 1, 0))).transpose(1, 2)
        return x + self.down(nn.functional.gelu(self.up(h)))


class LetterModel(nn.Module):
    def __init__(self, letters=40, dim=32, depth=3):
        super().__init__()
        self.letters = nn.Embedding(letters, dim)
        self.units = nn.ModuleList(MixUnit(dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.logits = nn.Linear(dim, letters, bias=False)
        nn.init.normal_(self.letters.weight, std=0.02)
        self.logits.weight = self.letters.weight

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.letters(ids)
        for unit in self.units:
            x = unit(x)
        return self.logits(self.norm(x))
