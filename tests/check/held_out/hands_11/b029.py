# residua-test: wrong target=AdaNormBlock args='dim=32, emb_dim=64'
# What is wrong: torch.chunk without dim splits the batch, not the features, into scale and shift.
import torch
import torch.nn as nn


class AdaLayerNorm(nn.Module):
    """LayerNorm whose scale and shift come from the timestep embedding."""

    def __init__(self, dim, emb_dim):
        super().__init__()
        self.silu = nn.SiLU()
        self.linear = nn.Linear(emb_dim, dim * 2)
        self.norm = nn.LayerNorm(dim, elementwise_affine=False)

    def forward(self, x, emb):
        emb = self.linear(self.silu(emb)).unsqueeze(1)
        scale, shift = torch.chunk(emb, 2)  # expect
        return self.norm(x) * (1 + scale) + shift


class AdaNormBlock(nn.Module):
    def __init__(self, dim, emb_dim, mult=4):
        super().__init__()
        self.ada = AdaLayerNorm(dim, emb_dim)
        self.ff = nn.Sequential(
            nn.Linear(dim, dim * mult),
            nn.GELU(),
            nn.Linear(dim * mult, dim),
        )

    def forward(self, x, emb):
        return x + self.ff(self.ada(x, emb))
