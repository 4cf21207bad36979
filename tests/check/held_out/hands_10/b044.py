# residua-test: wrong target=PixelAttention
# What is wrong: gamma is a plain zero tensor instead of an nn.Parameter: it is never trained, so the attention is multiplied by 0 forever and all its convolutions get zero gradient.
import torch
import torch.nn as nn
import torch.nn.functional as F


class PixelAttention(nn.Module):
    ''' self attention between all positions of a feature map (GAN generator, 32x32 level).
        The strength gamma is learned and starts with 0, so the block is the identity first.
    '''

    def __init__(self, ch, shrink=8):
        super(PixelAttention, self).__init__()
        self.q = nn.Conv2d(ch, ch // shrink, 1)
        self.k = nn.Conv2d(ch, ch // shrink, 1)
        self.v = nn.Conv2d(ch, ch, 1)
        self.gamma = torch.zeros(1)  # expect: R171

    def forward(self, feat):
        n, c, h, w = feat.shape
        q = self.q(feat).flatten(2)                      # n, c/8, hw
        k = self.k(feat).flatten(2)
        v = self.v(feat).flatten(2)
        att = F.softmax(torch.einsum('ncq,nck->nqk', q, k), dim=-1)
        o = torch.einsum('nqk,nck->ncq', att, v).reshape(n, c, h, w)
        return feat + self.gamma.to(feat.device) * o
