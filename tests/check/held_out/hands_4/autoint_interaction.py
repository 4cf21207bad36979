# residua-test: wrong target=InteractingLayer
# What is wrong: F.dropout is called without training=self.training, so attention dropout stays active in eval()
"""AutoInt（特征交互）中的多头自注意力层，带残差。"""
import torch
import torch.nn as nn
import torch.nn.functional as F


class InteractingLayer(nn.Module):
    """Input (batch, num_fields, embed_dim) -> output (batch, num_fields, num_heads * att_dim)."""

    def __init__(self, embed_dim=16, att_dim=8, num_heads=2, dropout=0.1, use_residual=True):
        super().__init__()
        self.num_heads = num_heads
        self.att_dim = att_dim
        self.dropout = dropout
        self.use_residual = use_residual
        out_dim = num_heads * att_dim
        self.W_query = nn.Parameter(torch.empty(embed_dim, out_dim))
        self.W_key = nn.Parameter(torch.empty(embed_dim, out_dim))
        self.W_value = nn.Parameter(torch.empty(embed_dim, out_dim))
        if use_residual:
            self.W_res = nn.Parameter(torch.empty(embed_dim, out_dim))
        for p in self.parameters():
            nn.init.xavier_uniform_(p)

    def _split(self, t):
        b, f, _ = t.shape
        return t.view(b, f, self.num_heads, self.att_dim).transpose(1, 2)

    def forward(self, x):
        q, k, v = (self._split(x @ w) for w in (self.W_query, self.W_key, self.W_value))
        attn_scores = F.softmax(q @ k.transpose(-1, -2), dim=-1)
        attn_scores = F.dropout(attn_scores, p=self.dropout)  # expect: R146
        out = (attn_scores @ v).transpose(1, 2).flatten(2)
        if self.use_residual:
            out = out + x @ self.W_res
        return F.relu(out)
