# residua-test: right target=TabularResNet
from typing import List

import torch
import torch.nn as nn
from torch import Tensor


class TabularResNet(nn.Module):
    class Block(nn.Module):
        def __init__(self, d: int, d_hidden: int, dropout1: float, dropout2: float) -> None:
            super().__init__()
            self.normalization = nn.BatchNorm1d(d)
            self.first = nn.Linear(d, d_hidden)
            self.second = nn.Linear(d_hidden, d)
            self.dropout1 = nn.Dropout(dropout1)
            self.dropout2 = nn.Dropout(dropout2)

        def forward(self, x: Tensor) -> Tensor:
            z = self.normalization(x)
            z = torch.relu(self.first(z))
            z = self.dropout1(z)
            z = self.second(z)
            z = self.dropout2(z)
            return x + z

    def __init__(self, n_num: int, cardinalities: List[int], d: int = 32, d_out: int = 1, n_blocks: int = 3,
                 d_emb: int = 4, d_hidden_factor: float = 2.0, dropout1: float = 0.2, dropout2: float = 0.0) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList([nn.Embedding(c, d_emb) for c in cardinalities])
        d_in = n_num + d_emb * len(cardinalities)
        self.first_layer = nn.Linear(d_in, d)
        self.blocks = nn.Sequential(
            *[self.Block(d, int(d * d_hidden_factor), dropout1, dropout2) for _ in range(n_blocks)])
        self.head = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, d_out))

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        parts = [x_num]
        for j, emb in enumerate(self.embeddings):
            parts.append(emb(x_cat[:, j]))
        x = torch.cat(parts, dim=1)
        x = self.first_layer(x)
        x = self.blocks(x)
        return self.head(x).squeeze(-1)
