# residua-test: wrong target=GATLayer right=blocks/attention_on_a_graph
import torch
from torch import nn
import torch.nn.functional as F



class GATLayer(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.lin = nn.Linear(dim, dim, bias=False)
        self.a_src = nn.Parameter(torch.randn(heads, self.d) * 0.1)
        self.a_dst = nn.Parameter(torch.randn(heads, self.d) * 0.1)

    def forward(self, x, adj):
        n = x.size(0)
        h = self.lin(x).view(n, self.heads, self.d)
        s = (h * self.a_src).sum(-1)
        t = (h * self.a_dst).sum(-1)
        e = F.leaky_relu(s.unsqueeze(1) + t.unsqueeze(0), 0.2)
        e = e.masked_fill(adj.unsqueeze(-1) == 0, -1e9)
        alpha = torch.softmax(e, dim=-1)  # expect: R165
        out = torch.einsum("ijh,jhd->ihd", alpha, h).reshape(n, -1)
        return x + F.elu(out)
