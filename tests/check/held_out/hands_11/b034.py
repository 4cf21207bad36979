# residua-test: wrong target=FusionLayer
# What is wrong: both linear layers of the gate are zeroed: no gradient reaches either of them, tanh(0) = 0 for ever and the fused features never enter the sum.
import torch
import torch.nn as nn


class CrossFusion(nn.Module):
    def __init__(self, dim, heads=4):
        super().__init__()
        self.q_norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x, lang):
        return self.attn(self.q_norm(x), lang, lang, need_weights=False)[0]


class FusionLayer(nn.Module):
    """Language-aware stage end: x + gate(F) * F, where F mixes words into the pixels."""

    def __init__(self, dim):
        super().__init__()
        self.fusion = CrossFusion(dim)
        self.res_gate = nn.Sequential(
            nn.Linear(dim, dim, bias=False),
            nn.ReLU(),
            nn.Linear(dim, dim, bias=False),
            nn.Tanh(),
        )
        self._init_gate()

    def _init_gate(self):
        # start from the purely visual network
        for layer in self.res_gate:
            if isinstance(layer, nn.Linear):
                nn.init.zeros_(layer.weight)  # expect: R172

    def forward(self, x, lang):
        x_residual = self.fusion(x, lang)
        return x + self.res_gate(x_residual) * x_residual
