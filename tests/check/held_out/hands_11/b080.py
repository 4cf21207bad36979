# residua-test: right target=SelfAttention
import torch
import torch.nn as nn
from torch.nn.utils import spectral_norm


class SelfAttention(nn.Module):
    """ self attention over all positions of the feature map """

    def __init__(self, in_dim):
        super(SelfAttention, self).__init__()
        self.query_conv = spectral_norm(nn.Conv2d(in_dim, in_dim // 8, kernel_size=1))
        # a key bias cancels in the softmax
        self.key_conv = spectral_norm(nn.Conv2d(in_dim, in_dim // 8, kernel_size=1, bias=False))
        self.value_conv = spectral_norm(nn.Conv2d(in_dim, in_dim, kernel_size=1))
        self.gamma = nn.Parameter(torch.zeros(1))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        B, C, W, H = x.size()
        N = W * H
        q = self.query_conv(x).view(B, -1, N).permute(0, 2, 1)  # B x N x C//8
        k = self.key_conv(x).view(B, -1, N)                     # B x C//8 x N
        attention = self.softmax(torch.bmm(q, k))               # B x N x N, rows sum to one
        v = self.value_conv(x).view(B, -1, N)
        out = torch.bmm(v, attention.permute(0, 2, 1)).view(B, C, W, H)
        return self.gamma * out + x
