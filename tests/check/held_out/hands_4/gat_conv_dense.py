# residua-test: wrong target=GATConv args=in_feats=16,out_feats=16,num_heads=4,residual=True
# What is wrong: The residual uses Identity whenever in_feats == out_feats, but the output has num_heads*out_feats values, so the view fails with several heads
"""Graph attention on a dense adjacency matrix (small molecules only)."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class GATConv(nn.Module):
    def __init__(self,
                 in_feats: int,
                 out_feats: int,
                 num_heads: int,
                 feat_drop: float = 0.0,
                 attn_drop: float = 0.0,
                 negative_slope: float = 0.2,
                 residual: bool = False,
                 activation=None):
        super().__init__()
        self._num_heads = num_heads
        self._in_feats = in_feats
        self._out_feats = out_feats
        self.fc = nn.Linear(in_feats, out_feats * num_heads, bias=False)
        self.attn_l = nn.Parameter(torch.empty(1, num_heads, out_feats))
        self.attn_r = nn.Parameter(torch.empty(1, num_heads, out_feats))
        self.feat_drop = nn.Dropout(feat_drop)
        self.attn_drop = nn.Dropout(attn_drop)
        self.leaky_relu = nn.LeakyReLU(negative_slope)
        if residual:
            if in_feats != out_feats:  # expect
                self.res_fc = nn.Linear(in_feats, num_heads * out_feats, bias=False)
            else:
                self.res_fc = nn.Identity()  # expect
        else:
            self.res_fc = None
        self.activation = activation
        nn.init.xavier_normal_(self.attn_l)
        nn.init.xavier_normal_(self.attn_r)

    def forward(self, feat, adj):
        """feat: (N, in_feats); adj: (N, N), non-zero where an edge is."""
        n = feat.size(0)
        h = self.feat_drop(feat)
        ft = self.fc(h).view(n, self._num_heads, self._out_feats)
        el = (ft * self.attn_l).sum(-1)
        er = (ft * self.attn_r).sum(-1)
        e = self.leaky_relu(el.unsqueeze(1) + er.unsqueeze(0))      # (N, N, H)
        e = e.masked_fill((adj == 0).unsqueeze(-1), -1e9)
        a = self.attn_drop(F.softmax(e, dim=1))
        rst = torch.einsum('ijh,jhd->ihd', a, ft)
        if self.res_fc is not None:
            resval = self.res_fc(h).view(n, self._num_heads, self._out_feats)  # expect
            rst = rst + resval
        if self.activation is not None:
            rst = self.activation(rst)
        return rst
