# residua-test: right target=ReZeroEncoderLayer
# Why it is right: ReZero: no layer norm, one learned gate that starts at zero; the branches themselves are not zero, so the gate gets a gradient.
import torch
import torch.nn as nn


class ReZeroEncoderLayer(nn.Module):
    """x: (batch, tokens, d_model)"""

    def __init__(self, d_model=64, nhead=4, dim_feedforward=128, dropout=0.1):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.dropout = nn.Dropout(dropout)
        self.resweight = nn.Parameter(torch.zeros(1))

    def forward(self, x, key_padding_mask=None):
        y, _ = self.self_attn(x, x, x, key_padding_mask=key_padding_mask, need_weights=False)
        x = x + self.resweight * self.dropout(y)

        y = self.linear2(self.dropout(torch.relu(self.linear1(x))))
        x = x + self.resweight * self.dropout(y)
        return x
