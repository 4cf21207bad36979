# residua-test: wrong target=DenseGATConv
# What is wrong: the residual projection is skipped when in_feats equals out_feats, but the output has num_heads*out_feats, so the layer fails for equal sizes with several heads
import torch
import torch.nn as nn
import torch.nn.functional as F


class DenseGATConv(nn.Module):
    r"""Graph attention on a dense adjacency matrix.

    feat: (N, in_feats), adj: (N, N) with self loops -> (N, num_heads, out_feats)
    """

    def __init__(self, in_feats, out_feats, num_heads, negative_slope=0.2, residual=True, activation=None):
        super(DenseGATConv, self).__init__()
        self._num_heads = num_heads
        self._out_feats = out_feats
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
        self.activation = activation
        self.reset_parameters()

    def reset_parameters(self):
        gain = nn.init.calculate_gain('relu')
        nn.init.xavier_normal_(self.fc.weight, gain=gain)
        nn.init.xavier_normal_(self.attn_l, gain=gain)
        nn.init.xavier_normal_(self.attn_r, gain=gain)
        if isinstance(self.res_fc, nn.Linear):
            nn.init.xavier_normal_(self.res_fc.weight, gain=gain)

    def forward(self, feat, adj):
        n = feat.shape[0]
        h = self.fc(feat).view(n, self._num_heads, self._out_feats)
        el = (h * self.attn_l).sum(-1)                       # N, H
        er = (h * self.attn_r).sum(-1)
        e = self.leaky_relu(el.unsqueeze(1) + er.unsqueeze(0))  # N, N, H
        e = e.masked_fill(adj.unsqueeze(-1) == 0, float('-inf'))
        a = F.softmax(e, dim=1)
        rst = torch.einsum('ijh,jhf->ihf', a, h)
        # residual
        if self.res_fc is not None:
            resval = self.res_fc(feat).view(n, self._num_heads, self._out_feats)
            rst = rst + resval
        if self.activation:
            rst = self.activation(rst)
        return rst
