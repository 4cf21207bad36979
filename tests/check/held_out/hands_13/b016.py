# residua-test: right target=SelfAttention
import torch
from torch import nn, tensor


def conv1d(ni, no, ks=1, bias=False):
    conv = nn.Conv1d(ni, no, ks, padding=ks // 2, bias=bias)
    nn.init.kaiming_normal_(conv.weight)
    return nn.utils.spectral_norm(conv)


class SelfAttention(nn.Module):
    "Self attention layer for nd features, the output starts out equal to the input."

    def __init__(self, n_channels=32):
        super().__init__()
        self.query = conv1d(n_channels, n_channels // 8)
        self.key = conv1d(n_channels, n_channels // 8)
        self.value = conv1d(n_channels, n_channels)
        self.gamma = nn.Parameter(tensor([0.]))

    def forward(self, x):
        # Notation from https://arxiv.org/pdf/1805.08318.pdf
        size = x.size()
        x = x.view(*size[:2], -1)
        f, g, h = self.query(x), self.key(x), self.value(x)
        beta = torch.softmax(torch.bmm(f.permute(0, 2, 1).contiguous(), g), dim=1)
        o = self.gamma * torch.bmm(h, beta) + x
        return o.view(*size).contiguous()
