# residua-test: wrong target=GraphConv right=blocks/scale_filled slow
import torch
import torch.nn.functional as F
from torch import nn


class GraphConv(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.FloatTensor(in_features, out_features))  # expect: R219
        self.proj = nn.Linear(in_features, out_features) if in_features != out_features else nn.Identity()

    def forward(self, x, adj):
        return F.relu(adj @ (x @ self.weight)) + self.proj(x)
