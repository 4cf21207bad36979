# residua-test: wrong target=DeepGCN
# What is wrong: The residual sum of a graph layer supposes in_dim == out_dim: with residual=True the first and last layer add tensors of different width and fail
import torch
import torch.nn as nn
import torch.nn.functional as F


class GCNLayer(nn.Module):
    """dense graph convolution  A_hat X W  (A_hat row-normalised with self loops)"""

    def __init__(self, in_dim, out_dim, dropout=0.0, residual=True, last=False):
        super().__init__()
        self.lin = nn.Linear(in_dim, out_dim)
        self.dropout = dropout
        self.residual = residual  # expect
        self.last = last

    def forward(self, x, adj):
        h = torch.bmm(adj, self.lin(x))
        if not self.last:
            h = F.relu(h)
        h = F.dropout(h, self.dropout, training=self.training)
        if self.residual:
            h = h + x
        return h


class DeepGCN(nn.Module):
    def __init__(self, in_dim, hidden_dim, out_dim, n_layers=4, dropout=0.2, residual=True):
        super().__init__()
        dims = [in_dim] + [hidden_dim] * (n_layers - 1) + [out_dim]
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            self.layers.append(
                GCNLayer(dims[i], dims[i + 1], dropout, residual, last=(i == n_layers - 1)))

    def forward(self, x, adj):
        adj = adj + torch.eye(adj.size(-1), device=adj.device, dtype=adj.dtype)
        adj = adj / adj.sum(-1, keepdim=True)
        for layer in self.layers:
            x = layer(x, adj)
        return x
