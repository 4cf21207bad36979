# residua-test: wrong target=Layer
import torch
from torch import nn


def padding_of(lengths, steps):
    return torch.arange(steps, device=lengths.device).unsqueeze(0) < lengths.unsqueeze(1)  # expect: R203


class Layer(nn.Module):
    """x: (batch, frames, width), lengths: (batch,) frames that are real."""

    def __init__(self, width=32, heads=4):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x, lengths):
        h = self.norm(x)
        h, _ = self.attention(h, h, h, key_padding_mask=padding_of(lengths, x.shape[1]), need_weights=False)
        return x + h
