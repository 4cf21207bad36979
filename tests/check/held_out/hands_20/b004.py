# residua-test: right target=ReZeroLayer
# Why it is right: ReZero: no norm, and one learned scalar that starts at 0 gates both branches; the scalar itself gets a gradient.
import torch
from torch import nn


class ReZeroLayer(nn.Module):
    """Transformer layer without any normalisation."""

    def __init__(self, d_model=64, nhead=4, ff=128, dropout=0.1):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.fc1 = nn.Linear(d_model, ff)
        self.fc2 = nn.Linear(ff, d_model)
        self.resweight = nn.Parameter(torch.zeros(1))
        self.dropout1 = nn.Dropout(dropout)
        self.dropout2 = nn.Dropout(dropout)

    def forward(self, src, src_mask=None):
        y = self.self_attn(src, src, src, attn_mask=src_mask, need_weights=False)[0]
        src = src + self.dropout1(y * self.resweight)
        y = self.fc2(torch.relu(self.fc1(src)))
        return src + self.dropout2(y * self.resweight)
