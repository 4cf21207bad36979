# residua-test: wrong target=EncoderLayer
# What is wrong: The feed-forward sub-layer of this post-norm encoder has no residual: norm2 is given the branch alone
import torch
import torch.nn as nn


class EncoderLayer(nn.Module):
    """Post-norm encoder layer of "Attention is all you need"."""

    def __init__(self, d_model=128, nhead=4, d_ff=512, dropout=0.1):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, src, key_padding_mask=None):  # expect
        attn, _ = self.self_attn(src, src, src, key_padding_mask=key_padding_mask, need_weights=False)
        src = self.norm1(src + self.dropout(attn))
        ff = self.linear2(self.dropout(torch.relu(self.linear1(src))))
        src = self.norm2(self.dropout(ff))  # expect: R204
        return src
