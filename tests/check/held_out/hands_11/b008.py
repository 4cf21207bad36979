# residua-test: right target=ResNetTabular
import math
import typing as ty

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


def reglu(x: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=-1)
    return a * F.relu(b)


class ResNetTabular(nn.Module):
    def __init__(
        self,
        d_numerical: int,
        categories: ty.Optional[ty.List[int]],
        d_out: int,
        *,
        d_embedding: int = 8,
        d: int = 32,
        d_hidden_factor: float = 2.0,
        n_layers: int = 3,
        activation: str = "reglu",
        hidden_dropout: float = 0.1,
        residual_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        d_in = d_numerical
        d_hidden = int(d * d_hidden_factor)
        self.activation = reglu if activation.endswith("glu") else F.relu
        self.hidden_dropout = hidden_dropout
        self.residual_dropout = residual_dropout

        if categories:
            d_in += len(categories) * d_embedding
            offsets = torch.tensor([0] + categories[:-1]).cumsum(0)
            self.register_buffer("category_offsets", offsets)
            self.category_embeddings = nn.Embedding(sum(categories), d_embedding)
            nn.init.kaiming_uniform_(self.category_embeddings.weight, a=math.sqrt(5))

        self.first_layer = nn.Linear(d_in, d)
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm": nn.BatchNorm1d(d),
                    "linear0": nn.Linear(d, d_hidden * (2 if activation.endswith("glu") else 1)),
                    "linear1": nn.Linear(d_hidden, d),
                }
            )
            for _ in range(n_layers)
        )
        self.last_normalization = nn.BatchNorm1d(d)
        self.head = nn.Linear(d, d_out)

    def forward(self, x_num: Tensor, x_cat: ty.Optional[Tensor] = None) -> Tensor:
        x = [x_num]
        if x_cat is not None:
            x.append(self.category_embeddings(x_cat + self.category_offsets[None]).flatten(1))
        x = torch.cat(x, dim=-1)

        x = self.first_layer(x)
        for layer in self.layers:
            z = layer["norm"](x)
            z = self.activation(layer["linear0"](z))
            z = F.dropout(z, self.hidden_dropout, self.training)
            z = layer["linear1"](z)
            z = F.dropout(z, self.residual_dropout, self.training)
            x = x + z
        x = F.relu(self.last_normalization(x))
        return self.head(x).squeeze(-1)
