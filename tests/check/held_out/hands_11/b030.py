# residua-test: wrong target=TabularResNet
# What is wrong: the activation between the two linear layers is built but never called: every block's branch is a linear map.
from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class TabularConfig:
    d_in: int = 10
    d_out: int = 2
    d: int = 64
    d_hidden_factor: float = 2.0
    n_layers: int = 3
    hidden_dropout: float = 0.2
    residual_dropout: float = 0.1


class Layer(nn.Module):
    def __init__(self, cfg: TabularConfig):
        super().__init__()
        hidden = int(cfg.d * cfg.d_hidden_factor)
        self.norm = nn.BatchNorm1d(cfg.d)
        self.linear0 = nn.Linear(cfg.d, hidden)
        self.activation = nn.ReLU()
        self.hidden_dropout = nn.Dropout(cfg.hidden_dropout)
        self.linear1 = nn.Linear(hidden, cfg.d)
        self.residual_dropout = nn.Dropout(cfg.residual_dropout)

    def forward(self, x):
        z = self.norm(x)
        z = self.linear0(z)
        z = self.hidden_dropout(z)
        z = self.linear1(z)  # expect: R197
        z = self.residual_dropout(z)
        return x + z


class TabularResNet(nn.Module):
    def __init__(self, cfg: TabularConfig):
        super().__init__()
        self.first_layer = nn.Linear(cfg.d_in, cfg.d)
        self.layers = nn.ModuleList([Layer(cfg) for _ in range(cfg.n_layers)])
        self.last_normalization = nn.BatchNorm1d(cfg.d)
        self.last_activation = nn.ReLU()
        self.head = nn.Linear(cfg.d, cfg.d_out)

    def forward(self, x):
        x = self.first_layer(x)
        for layer in self.layers:
            x = layer(x)
        x = self.last_activation(self.last_normalization(x))
        return self.head(x)
