# residua-test: right target=MCDropoutBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class MCDropoutBlock(nn.Module):
    """Residual MLP block for Monte-Carlo dropout.

    Dropout stays active at prediction time as well: the predictive variance is
    estimated from repeated stochastic forward passes (Gal and Ghahramani, 2016).
    Set ``mc=False`` for an ordinary block.
    """

    def __init__(self, width=64, p=0.1, mc=True):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.p = p
        self.mc = mc

    def forward(self, x):
        h = F.gelu(self.fc1(self.norm(x)))
        h = F.dropout(h, self.p, training=self.mc or self.training)
        return x + self.fc2(h)
