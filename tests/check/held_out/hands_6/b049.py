# residua-test: wrong target=DenseGATLayer
# What is wrong: The residual projection is chosen by in_feats != out_feats though the output has num_heads * out_feats features; with in_feats == out_feats and more heads the identity cannot be viewed as heads and fails.
import torch
import torch.nn as nn
import torch.nn.functional as F


class DenseGATLayer(nn.Module):
    """graph attention with a dense adjacency matrix (N, N), self loops are expected in adj"""

    def __init__(self, in_feats, out_feats, num_heads=2, residual=True, negative_slope=0.2):
        super().__init__()
        self.num_heads = num_heads
        self.out_feats = out_feats
        self.fc = nn.Linear(in_feats, out_feats * num_heads, bias=False)
        self.attn_l = nn.Parameter(torch.empty(1, num_heads, out_feats))
        self.attn_r = nn.Parameter(torch.empty(1, num_heads, out_feats))
        self.leaky_relu = nn.LeakyReLU(negative_slope)
        if residual:
            if in_feats != out_feats:  # expect: R161
                self.res_fc = nn.Linear(in_feats, num_heads * out_feats, bias=False)
            else:
                self.res_fc = nn.Identity()
        else:
            self.res_fc = None
        gain = nn.init.calculate_gain('relu')
        nn.init.xavier_normal_(self.attn_l, gain=gain)
        nn.init.xavier_normal_(self.attn_r, gain=gain)

    def forward(self, h, adj):
        N = h.size(0)
        z = self.fc(h).view(N, self.num_heads, self.out_feats)
        el = (z * self.attn_l).sum(-1)          # N, H
        er = (z * self.attn_r).sum(-1)
        e = self.leaky_relu(el.unsqueeze(0) + er.unsqueeze(1))   # [i, j, H]: j -> i
        e = e.masked_fill(adj.unsqueeze(-1) == 0, float('-inf'))
        a = torch.softmax(e, dim=1)
        rst = torch.einsum('ijh,jhd->ihd', a, z)
        if self.res_fc is not None:
            rst = rst + self.res_fc(h).view(N, self.num_heads, self.out_feats)
        return F.elu(rst).flatten(1)
