# residua-test: right target=ReZeroEncoderLayer
import torch
from torch import nn
import torch.nn.functional as F


class ReZeroEncoderLayer(nn.Module):
    """
    Transformer layer with no norm at all. Both sub-layers are multiplied with the same learned
    scalar which is 0 in the beginning.

    seq: (length, batch, width), the default layout of nn.MultiheadAttention
    """

    def __init__(self, width: int = 64, heads: int = 4, inner: int = 128, p: float = 0.1):
        super().__init__()
        self.mha = nn.MultiheadAttention(width, heads, dropout=p)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.drop = nn.Dropout(p)
        self.rezero = nn.Parameter(torch.zeros(()))

    def _attend(self, s, attn_mask, padding):
        return self.mha(s, s, s, attn_mask=attn_mask, key_padding_mask=padding, need_weights=False)[0]

    def _mlp(self, s):
        return self.down(self.drop(F.gelu(self.up(s))))

    def forward(self, seq, attn_mask=None, padding=None):
        seq = seq + self.rezero * self.drop(self._attend(seq, attn_mask, padding))
        seq = seq + self.rezero * self.drop(self._mlp(seq))
        return seq
