# residua-test: wrong target=AttnHead args=in_sz=32,out_sz=32,residual=True
# What is wrong: In the else branch the residual sum is assigned to seq_fts, which nobody reads; with in_sz == out_sz the residual is lost
import torch
import torch.nn as nn
import torch.nn.functional as F


class AttnHead(nn.Module):
    """One attention head of a GAT; port of the TensorFlow layer (1x1 conv formulation).

    ``seq`` is (batch, nodes, in_sz); ``bias_mat`` is (nodes, nodes) with 0 on edges, -1e9 elsewhere.
    """

    def __init__(self, in_sz, out_sz, activation=F.elu, in_drop=0.0, coef_drop=0.0, residual=False):
        super(AttnHead, self).__init__()
        self.in_drop = nn.Dropout(in_drop)
        self.coef_drop = nn.Dropout(coef_drop)
        self.fts = nn.Conv1d(in_sz, out_sz, 1, bias=False)
        self.f1 = nn.Conv1d(out_sz, 1, 1)
        self.f2 = nn.Conv1d(out_sz, 1, 1)
        self.bias = nn.Parameter(torch.zeros(out_sz))
        self.residual = residual
        if residual and in_sz != out_sz:
            self.res_conv = nn.Conv1d(in_sz, out_sz, 1)
        self.in_sz = in_sz
        self.out_sz = out_sz
        self.activation = activation

    def forward(self, seq, bias_mat):
        seq = self.in_drop(seq)
        seq_fts = self.fts(seq.transpose(1, 2))
        f_1 = self.f1(seq_fts)
        f_2 = self.f2(seq_fts)
        logits = f_1.transpose(1, 2) + f_2
        coefs = F.softmax(F.leaky_relu(logits, 0.2) + bias_mat, dim=-1)
        coefs = self.coef_drop(coefs)
        ret = torch.matmul(coefs, seq_fts.transpose(1, 2)) + self.bias

        # residual connection
        if self.residual:
            if self.in_sz != self.out_sz:
                ret = ret + self.res_conv(seq.transpose(1, 2)).transpose(1, 2)
            else:
                seq_fts = ret + seq  # expect: R155

        return self.activation(ret)  # expect
