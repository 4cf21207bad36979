# residua-test: wrong target=GraphTransformerLayer
# What is wrong: The feed-forward sublayer of this post-norm layer has no residual: its input h is not added before the second norm.
import torch
from torch import nn


class GraphTransformerLayer(nn.Module):
    """Post-norm graph transformer layer (Dwivedi & Bresson style).

    h: (B, N, dim) node features, adj: (B, N, N) bool with self loops.
    """

    def __init__(self, dim, heads=4, dropout=0.0):
        super().__init__()
        self.heads = heads
        self.Q, self.K, self.V = (nn.Linear(dim, dim, bias=False) for _ in range(3))
        self.O = nn.Linear(dim, dim)
        self.norm_attn = nn.LayerNorm(dim)
        self.norm_ffn = nn.LayerNorm(dim)
        self.ffn1 = nn.Linear(dim, dim * 2)
        self.ffn2 = nn.Linear(dim * 2, dim)
        self.dropout = nn.Dropout(dropout)

    def attend(self, h, adj):
        B, N, D = h.shape
        split = lambda t: t.view(B, N, self.heads, D // self.heads).transpose(1, 2)
        q, k, v = split(self.Q(h)), split(self.K(h)), split(self.V(h))
        score = q @ k.transpose(-1, -2) / (D // self.heads) ** 0.5
        score = score.masked_fill(~adj.unsqueeze(1), float("-inf")).softmax(-1)
        return (score @ v).transpose(1, 2).reshape(B, N, D)

    def forward(self, h, adj):
        h_in1 = h
        h = self.O(self.dropout(self.attend(h, adj)))
        h = self.norm_attn(h_in1 + h)
        h = self.ffn2(self.dropout(torch.relu(self.ffn1(h))))  # expect
        return self.norm_ffn(h)  # expect
