# residua-test: wrong target=GCNII
# What is wrong: h0 is re-assigned in every layer, so the initial residual becomes the previous layer's output instead of the first representation.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNII(nn.Module):
    """Deep graph convolution with initial residual and identity mapping.
    x: (N, features), adj: normalised adjacency with self loops (N, N)."""

    def __init__(self, n_feat=16, n_hidden=32, n_class=4, layers=8, alpha=0.1, lamda=0.5, p=0.5):
        super().__init__()
        self.lin_in = nn.Linear(n_feat, n_hidden)
        self.lin_out = nn.Linear(n_hidden, n_class)
        self.weights = nn.ParameterList(
            [nn.Parameter(torch.empty(n_hidden, n_hidden)) for _ in range(layers)])
        for w in self.weights:
            nn.init.xavier_uniform_(w)
        self.alpha, self.lamda, self.p = alpha, lamda, p

    def forward(self, x, adj):
        x = F.dropout(x, self.p, self.training)
        h = F.relu(self.lin_in(x))
        for layer, w in enumerate(self.weights, start=1):
            beta = math.log(self.lamda / layer + 1)
            h0 = h  # expect
            h = F.dropout(h, self.p, self.training)
            support = (1 - self.alpha) * (adj @ h) + self.alpha * h0
            h = F.relu((1 - beta) * support + beta * (support @ w))
        h = F.dropout(h, self.p, self.training)
        return F.log_softmax(self.lin_out(h), dim=-1)
