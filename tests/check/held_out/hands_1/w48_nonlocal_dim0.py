# residua-test: wrong target=NLBlock
# What is wrong: softmax over batch dim in a non-local block on images
import torch.nn as nn
import torch.nn.functional as F
class NLBlock(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        m = in_channels // 2
        self.theta = nn.Conv2d(in_channels, m, 1); self.phi = nn.Conv2d(in_channels, m, 1)
        self.g = nn.Conv2d(in_channels, m, 1); self.out = nn.Conv2d(m, in_channels, 1)
    def forward(self, x):
        n, c, h, w = x.size()
        q = self.theta(x).view(n, -1, h * w).permute(0, 2, 1)
        k = self.phi(x).view(n, -1, h * w)
        v = self.g(x).view(n, -1, h * w).permute(0, 2, 1)
        attn = F.softmax(q @ k, dim=0)  # expect: R135
        y = (attn @ v).permute(0, 2, 1).reshape(n, -1, h, w)
        return x + self.out(y)
