# residua-test: wrong target=ResidualBlock
# What is wrong: The dropout layer is built from the dropout argument but forward never calls it, so the option has no effect.
import torch
from torch import nn


class ResidualBlock(nn.Module):
    """MLP block used for patch embedding / output head of the forecasting model.

    Args:
        in_dim: size of the patch
        h_dim: hidden size
        out_dim: size of the output
        dropout: dropout probability on the residual branch
        use_layer_norm: apply a LayerNorm after the sum
    """

    def __init__(self, in_dim: int, h_dim: int, out_dim: int, dropout: float = 0.0, use_layer_norm: bool = False) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)  # expect: R126
        self.hidden_layer = nn.Linear(in_dim, h_dim)
        self.act = nn.SiLU()
        self.output_layer = nn.Linear(h_dim, out_dim)
        self.residual_layer = nn.Linear(in_dim, out_dim)
        self.norm = nn.LayerNorm(out_dim) if use_layer_norm else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hid = self.act(self.hidden_layer(x))
        out = self.output_layer(hid)
        res = self.residual_layer(x)
        out = out + res
        return self.norm(out)
