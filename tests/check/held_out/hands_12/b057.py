# residua-test: right target=Self_Attn
import torch
import torch.nn as nn


class Self_Attn(nn.Module):
    """ Self attention layer, returns (out, attention) """

    def __init__(self, in_dim):
        super(Self_Attn, self).__init__()
        self.chanel_in = in_dim

        self.query_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim // 8, kernel_size=1)
        self.key_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim // 8, kernel_size=1)
        self.value_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim, kernel_size=1)
        self.gamma = nn.Parameter(torch.zeros(1))

        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        m_batchsize, C, width, height = x.size()
        n = width * height
        proj_query = self.query_conv(x).view(m_batchsize, -1, n).permute(0, 2, 1)  # B x N x C'
        proj_key = self.key_conv(x).view(m_batchsize, -1, n)                       # B x C' x N
        energy = torch.bmm(proj_query, proj_key)
        attention = self.softmax(energy)                                           # B x N x N, rows sum to one
        proj_value = self.value_conv(x).view(m_batchsize, -1, n)                   # B x C x N

        out = torch.bmm(proj_value, attention.permute(0, 2, 1))
        out = out.view(m_batchsize, C, width, height)

        out = self.gamma * out + x
        return out, attention
