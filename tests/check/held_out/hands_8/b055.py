# residua-test: wrong target=SelfAttn
# What is wrong: gamma is a plain tensor of zeros, not an nn.Parameter: it is never trained, so the attention branch is multiplied by 0 for ever
import torch
from torch import nn


class SelfAttn(nn.Module):
    """ Self attention layer: x + gamma * attention(x) """

    def __init__(self, in_dim):
        super(SelfAttn, self).__init__()
        self.chanel_in = in_dim

        self.query_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim // 8, kernel_size=1)
        self.key_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim // 8, kernel_size=1)
        self.value_conv = nn.Conv2d(in_channels=in_dim, out_channels=in_dim, kernel_size=1)
        self.gamma = torch.zeros(1)  # found: R171

        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        """
            x : feature maps (B, C, W, H)
        """
        m_batchsize, C, width, height = x.size()
        proj_query = self.query_conv(x).view(m_batchsize, -1, width * height).permute(0, 2, 1)
        proj_key = self.key_conv(x).view(m_batchsize, -1, width * height)
        energy = torch.bmm(proj_query, proj_key)
        attention = self.softmax(energy)  # B X N X N
        proj_value = self.value_conv(x).view(m_batchsize, -1, width * height)

        out = torch.bmm(proj_value, attention.permute(0, 2, 1))
        out = out.view(m_batchsize, C, width, height)

        out = self.gamma.to(x.device) * out + x  # expect
        return out
