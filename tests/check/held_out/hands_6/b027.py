# residua-test: wrong target=FeedForwardBlock
# What is wrong: F.dropout is called without training=self.training, so dropout stays on in eval mode.
import torch
import torch.nn as nn
import torch.nn.functional as F


class FeedForwardBlock(nn.Module):

    def __init__(self, d_model=64, d_ff=256, p=0.1):
        super().__init__()
        self.ln = nn.LayerNorm(d_model)
        self.w_1 = nn.Linear(d_model, d_ff)
        self.w_2 = nn.Linear(d_ff, d_model)
        self.p = p

    def forward(self, x):
        h = self.w_1(self.ln(x))
        h = F.gelu(h)
        h = self.w_2(h)
        h = F.dropout(h, p=self.p)  # expect: R146
        return x + h
