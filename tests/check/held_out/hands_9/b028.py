# residua-test: right target=Self_Attn
import torch
import torch.nn as nn


class Self_Attn(nn.Module):
    """ Self attention layer of the discriminator """

    def __init__(self, in_dim, k=8):
        super(Self_Attn, self).__init__()
        self.query_conv = nn.Conv2d(in_dim, in_dim // k, kernel_size=1)
        self.key_conv = nn.Conv2d(in_dim, in_dim // k, kernel_size=1)
        self.value_conv = nn.Conv2d(in_dim, in_dim, kernel_size=1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        B, C, W, H = x.size()
        q = self.query_conv(x).view(B, -1, W * H).permute(0, 2, 1)  # B X N X C'
        k = self.key_conv(x).view(B, -1, W * H)                     # B X C' X N
        energy = torch.bmm(q, k)
        attention = self.softmax(energy)                            # B X N X N
        v = self.value_conv(x).view(B, -1, W * H)                   # B X C X N

        out = torch.bmm(v, attention.permute(0, 2, 1))
        out = out.view(B, C, W, H)
        out = self.gamma * out + x
        return out
