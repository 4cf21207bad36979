# residua-test: wrong target=GraphAttentionLayer
# What is wrong: With residual on, the sum goes into seq_fts, which is not used afterwards, and the activation is applied to the result without the skip.
import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphAttentionLayer(nn.Module):
    """Single head graph attention, dense adjacency (with self loops), optional residual."""

    def __init__(self, in_features=16, out_features=32, dropout=0.0, alpha=0.2, residual=True):
        super(GraphAttentionLayer, self).__init__()
        self.dropout = dropout
        self.residual = residual
        self.W = nn.Linear(in_features, out_features, bias=False)
        self.a_src = nn.Linear(out_features, 1, bias=False)
        self.a_dst = nn.Linear(out_features, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_features))
        self.leakyrelu = nn.LeakyReLU(alpha)
        if residual:
            self.res = nn.Linear(in_features, out_features, bias=False) if in_features != out_features else nn.Identity()

    def forward(self, x, adj):
        seq_fts = self.W(x)
        logits = self.a_src(seq_fts) + self.a_dst(seq_fts).t()
        logits = self.leakyrelu(logits).masked_fill(adj == 0, -1e9)
        coefs = F.softmax(logits, dim=1)
        coefs = F.dropout(coefs, self.dropout, training=self.training)  # found: R166
        ret = torch.mm(coefs, seq_fts) + self.bias

        # residual connection
        if self.residual:
            seq_fts = ret + self.res(x)  # expect: R155

        return F.elu(ret)
