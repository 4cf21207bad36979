# residua-test: right target=SentenceLayer
import torch
from torch import nn


class SentenceLayer(nn.Module):
    """Post-norm encoder layer; padding is True where a place is empty."""

    def __init__(self, width=32, heads=4, inner=64, p=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=p, batch_first=True)
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm_a, self.norm_f = nn.LayerNorm(width), nn.LayerNorm(width)
        self.p = nn.Dropout(p)

    def forward(self, words: torch.Tensor, padding: torch.Tensor) -> torch.Tensor:
        seen, _ = self.attention(words, words, words, key_padding_mask=padding, need_weights=False)
        words = self.norm_a(words + self.p(seen))
        return self.norm_f(words + self.p(self.outer(torch.relu(self.inner(words)))))
