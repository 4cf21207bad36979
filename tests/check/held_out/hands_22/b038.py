# residua-test: right target=OffsetAttentionBlock
# Why it is right: This is the offset attention of PCT: softmax over the last axis, L1 normalisation over the other, and the branch transforms x - x_r.
import torch
import torch.nn as nn


class OffsetAttentionBlock(nn.Module):
    """Self-attention on point features (B, C, N)."""

    def __init__(self, channels):
        super().__init__()
        self.q_conv = nn.Conv1d(channels, channels // 4, 1, bias=False)
        self.k_conv = nn.Conv1d(channels, channels // 4, 1, bias=False)
        self.q_conv.weight = self.k_conv.weight
        self.v_conv = nn.Conv1d(channels, channels, 1)
        self.trans_conv = nn.Conv1d(channels, channels, 1)
        self.after_norm = nn.BatchNorm1d(channels)
        self.act = nn.ReLU()
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        q = self.q_conv(x).permute(0, 2, 1)
        k = self.k_conv(x)
        v = self.v_conv(x)
        attention = self.softmax(q @ k)
        attention = attention / (1e-9 + attention.sum(dim=1, keepdim=True))
        x_r = v @ attention
        x_r = self.act(self.after_norm(self.trans_conv(x - x_r)))
        return x + x_r
