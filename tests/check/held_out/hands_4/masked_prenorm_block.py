# residua-test: wrong target=MaskedEncoderBlock args=dim=64,heads=4
# What is wrong: The mask is True for real frames, but those positions are filled with -inf: the block attends to the padding only (and a full mask gives NaN)
import torch
import torch.nn as nn


class MaskedEncoderBlock(nn.Module):
    """Pre-LN encoder block for keypoint sequences of different length.

    Parameters
    ----------
    dim : int
        model width
    heads : int
        number of attention heads

    ``valid`` is a bool tensor (batch, frames): True where a frame is real, False where it is padding.
    """

    def __init__(self, dim: int, heads: int, ff_mult: int = 4, dropout: float = 0.1):
        super().__init__()
        assert dim % heads == 0, "dim must be divisible by heads"
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.norm1 = nn.LayerNorm(dim)
        self.to_qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.to_out = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, ff_mult * dim), nn.GELU(), nn.Dropout(dropout),
                                nn.Linear(ff_mult * dim, dim), nn.Dropout(dropout))

    def attention(self, x, valid=None):
        b, t, d = x.shape
        q, k, v = self.to_qkv(x).reshape(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-1, -2) * self.scale
        if valid is not None:
            logits = logits.masked_fill(valid[:, None, None, :], float('-inf'))  # expect: R203
        out = logits.softmax(dim=-1) @ v
        return self.to_out(out.transpose(1, 2).reshape(b, t, d))

    def forward(self, x, valid: torch.Tensor = None):
        x = x + self.attention(self.norm1(x), valid)
        x = x + self.ff(self.norm2(x))
        return x
