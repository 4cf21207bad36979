# residua-test: right target=TabResNet
from dataclasses import dataclass, field
from typing import List

import torch
from torch import nn, Tensor


@dataclass
class TabResNetConfig:
    n_num: int = 6
    cardinalities: List[int] = field(default_factory=lambda: [4, 7])
    d_emb: int = 8
    d: int = 64
    d_hidden_factor: float = 2.0
    n_layers: int = 3
    hidden_dropout: float = 0.2
    residual_dropout: float = 0.1
    d_out: int = 1


class TabResNet(nn.Module):
    """ResNet for tables: numbers (B, n_num) and category ids (B, n_cat)."""

    def __init__(self, cfg: TabResNetConfig = None):
        super().__init__()
        cfg = cfg or TabResNetConfig()
        self.cfg = cfg
        self.embs = nn.ModuleList([nn.Embedding(n, cfg.d_emb) for n in cfg.cardinalities])
        d_hidden = int(cfg.d * cfg.d_hidden_factor)
        self.first = nn.Linear(cfg.n_num + cfg.d_emb * len(cfg.cardinalities), cfg.d)
        self.layers = nn.ModuleList([
            nn.ModuleDict({
                'norm': nn.BatchNorm1d(cfg.d),
                'linear0': nn.Linear(cfg.d, d_hidden),
                'linear1': nn.Linear(d_hidden, cfg.d),
            })
            for _ in range(cfg.n_layers)
        ])
        self.last_norm = nn.BatchNorm1d(cfg.d)
        self.head = nn.Linear(cfg.d, cfg.d_out)

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        parts = [x_num] + [e(x_cat[:, i]) for i, e in enumerate(self.embs)]
        x = self.first(torch.cat(parts, dim=1))

        for layer in self.layers:
            z = layer['norm'](x)
            z = torch.relu(layer['linear0'](z))
            z = nn.functional.dropout(z, self.cfg.hidden_dropout, self.training)
            z = layer['linear1'](z)
            z = nn.functional.dropout(z, self.cfg.residual_dropout, self.training)
            x = x + z

        return self.head(torch.relu(self.last_norm(x))).squeeze(-1)
