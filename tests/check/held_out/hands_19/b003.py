# residua-test: wrong target=Self_Attn args='in_dim=64'
# What is wrong: the rows of the map (queries) are normalised over keys, but values @ attention sums over the query axis; the map must be transposed first.
import torch
import torch.nn as nn


class Self_Attn(nn.Module):
    """ Self attention layer for the generator and the critic """

    def __init__(self, in_dim):
        super(Self_Attn, self).__init__()
        self.query_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim // 8, kernel_size=1)
        self.key_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim // 8, kernel_size=1)
        self.value_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim, kernel_size=1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        b, C, width, height = x.size()
        n = width * height
        q = self.query_conv(x).view(b, -1, n).permute(0, 2, 1)   # B x N x C'
        k = self.key_conv(x).view(b, -1, n)                      # B x C' x N
        energy = torch.bmm(q, k)                                 # B x N x N
        attention = self.softmax(energy)
        v = self.value_conv(x).view(b, -1, n)                    # B x C x N

        out = torch.bmm(v, attention)  # expect: R165
        out = out.view(b, C, width, height)
        return self.gamma * out + x
