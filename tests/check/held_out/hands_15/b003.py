# residua-test: wrong target=EncoderLayer
# What is wrong: with norm_first the input itself is overwritten by its norm, so the residual path is normalised (not x + f(norm(x)))
import torch
import torch.nn as nn
import torch.nn.functional as F


class EncoderLayer(nn.Module):
    """Transformer encoder layer.

    norm_first=True : x + f(norm(x))   (pre-LN)
    norm_first=False: norm(x + f(x))   (post-LN, as in the first paper)
    """

    def __init__(self, d_model=64, nhead=4, dim_feedforward=128, dropout=0.1, norm_first=True):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.drop = nn.Dropout(dropout)
        self.norm_first = norm_first

    def _sa(self, x, mask):
        return self.drop(self.self_attn(x, x, x, key_padding_mask=mask, need_weights=False)[0])

    def _ff(self, x):
        return self.drop(self.linear2(self.drop(F.relu(self.linear1(x)))))

    def forward(self, src, src_key_padding_mask=None):
        x = src
        if self.norm_first:
            x = self.norm1(x)  # expect: R198
            x = x + self._sa(x, src_key_padding_mask)
            x = self.norm2(x)
            x = x + self._ff(x)
        else:
            x = self.norm1(x + self._sa(x, src_key_padding_mask))
            x = self.norm2(x + self._ff(x))
        return x
