# residua-test: right target=ReZeroLayer
import torch
import torch.nn as nn


class ReZeroLayer(nn.Module):
    """Transformer layer without normalisation; one residual weight, shared by both sub-layers (ReZero)."""

    def __init__(self, dim=64, heads=4, hidden=128, p=0.1):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, heads, dropout=p, batch_first=True)
        self.lin1 = nn.Linear(dim, hidden)
        self.lin2 = nn.Linear(hidden, dim)
        self.drop = nn.Dropout(p)
        self.resweight = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        y, _ = self.attn(x, x, x, need_weights=False)
        x = x + self.drop(y) * self.resweight
        y = self.lin2(self.drop(torch.relu(self.lin1(x))))
        return x + self.drop(y) * self.resweight
