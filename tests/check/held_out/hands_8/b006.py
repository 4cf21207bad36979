# residua-test: right target=RZTXEncoderLayer
import torch
import torch.nn as nn
import torch.nn.functional as F


class RZTXEncoderLayer(nn.Module):
    r"""
    ReZero encoder layer, sequence first (S, N, E).
    x_{i+1} = x_i + resweight * sublayer(x_i), resweight starts at 0 and is used for both sublayers
    """

    def __init__(self, d_model=32, nhead=4, dim_feedforward=64, dropout=0.1):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout)
        # Implementation of Feedforward model
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.dropout1 = nn.Dropout(dropout)
        self.dropout2 = nn.Dropout(dropout)
        self.resweight = nn.Parameter(torch.Tensor([0]))

    def forward(self, src, src_mask=None, src_key_padding_mask=None):
        # Self attention layer
        src2 = src
        src2 = self.self_attn(src2, src2, src2, attn_mask=src_mask,
                              key_padding_mask=src_key_padding_mask)[0]
        src2 = src2 * self.resweight
        src = src + self.dropout1(src2)

        # Pointwise FF Layer
        src2 = src
        src2 = self.linear2(self.dropout(F.relu(self.linear1(src2))))
        src2 = src2 * self.resweight
        src = src + self.dropout2(src2)
        return src
