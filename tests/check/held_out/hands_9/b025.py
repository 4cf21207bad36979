# residua-test: right target=RZTXEncoderLayer
import torch
from torch import nn


class RZTXEncoderLayer(nn.Module):
    r"""ReZero encoder layer: self attention and feed forward without any LayerNorm.

    One learned residual weight per layer, starts at 0.  Input: (seq, batch, d_model)
    """

    def __init__(self, d_model, nhead, dim_feedforward=256, dropout=0.1):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout)
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.dropout1 = nn.Dropout(dropout)
        self.dropout2 = nn.Dropout(dropout)
        self.activation = nn.ReLU()
        self.resweight = nn.Parameter(torch.Tensor([0]))

    def forward(self, src, src_mask=None, src_key_padding_mask=None):
        # self attention
        src2 = src
        src2 = self.self_attn(src2, src2, src2, attn_mask=src_mask,
                              key_padding_mask=src_key_padding_mask)[0]
        src2 = src2 * self.resweight
        src = src + self.dropout1(src2)

        # feed forward
        src2 = src
        src2 = self.linear2(self.dropout(self.activation(self.linear1(src2))))
        src2 = src2 * self.resweight
        src = src + self.dropout2(src2)
        return src
