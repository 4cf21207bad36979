# residua-test: wrong target=Self_Attn
# What is wrong: nn.Softmax() without dim picks dim 0 for the 3-d energy, so the attention is normalised over the images of the batch and not over the positions
import torch
import torch.nn as nn


class Self_Attn(nn.Module):
    """ Self attention Layer for the generator, residual with a learned gamma"""

    def __init__(self, in_dim):
        super(Self_Attn, self).__init__()
        self.chanel_in = in_dim

        self.query_conv = nn.Conv2d(in_dim, in_dim // 8, 1)
        self.key_conv = nn.Conv2d(in_dim, in_dim // 8, 1)
        self.value_conv = nn.Conv2d(in_dim, in_dim, 1)
        self.gamma = nn.Parameter(torch.full((1,), 0.1))

        self.softmax = nn.Softmax()

    def forward(self, x):
        """
            x : feature maps (B x C x W x H)
            out : attention value + input feature
        """
        m_batchsize, C, width, height = x.size()
        proj_query = self.query_conv(x).view(m_batchsize, -1, width * height).permute(0, 2, 1)
        proj_key = self.key_conv(x).view(m_batchsize, -1, width * height)
        energy = torch.bmm(proj_query, proj_key)
        attention = self.softmax(energy)  # expect: R135
        proj_value = self.value_conv(x).view(m_batchsize, -1, width * height)

        out = torch.bmm(proj_value, attention.permute(0, 2, 1))
        out = out.view(m_batchsize, C, width, height)

        out = self.gamma * out + x
        return out
