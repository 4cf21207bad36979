# residua-test: right target=SelfAttn
import torch
import torch.nn as nn


class SelfAttn(nn.Module):
    """SAGAN self attention; gamma starts at 0, so the block starts as the identity."""

    def __init__(self, in_dim):
        super().__init__()
        self.query_conv = nn.Conv2d(in_dim, in_dim // 8, 1)
        self.key_conv = nn.Conv2d(in_dim, in_dim // 8, 1)
        self.value_conv = nn.Conv2d(in_dim, in_dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        B, C, H, W = x.size()
        q = self.query_conv(x).view(B, -1, H * W).permute(0, 2, 1)
        k = self.key_conv(x).view(B, -1, H * W)
        attention = self.softmax(torch.bmm(q, k))
        v = self.value_conv(x).view(B, -1, H * W)
        out = torch.bmm(v, attention.permute(0, 2, 1)).view(B, C, H, W)
        return self.gamma * out + x
