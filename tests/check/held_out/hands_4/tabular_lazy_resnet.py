# residua-test: right target=TabularResNet args=d_out=3
import torch
from torch import nn, Tensor


class ResidualMLPBlock(nn.Module):
    def __init__(self, d: int, d_hidden_factor: float, hidden_dropout: float, residual_dropout: float):
        super().__init__()
        d_hidden = int(d * d_hidden_factor)
        self.norm = nn.BatchNorm1d(d)
        self.linear0 = nn.Linear(d, d_hidden)
        self.linear1 = nn.Linear(d_hidden, d)
        self.hidden_dropout = nn.Dropout(hidden_dropout)
        self.residual_dropout = nn.Dropout(residual_dropout)

    def forward(self, x: Tensor) -> Tensor:
        z = self.norm(x)
        z = torch.relu(self.linear0(z))
        z = self.hidden_dropout(z)
        z = self.linear1(z)
        z = self.residual_dropout(z)
        return x + z


class TabularResNet(nn.Module):
    def __init__(self, d_out: int, d: int = 64, n_layers: int = 3, d_hidden_factor: float = 2.0,
                 hidden_dropout: float = 0.2, residual_dropout: float = 0.0):
        super().__init__()
        self.first_layer = nn.LazyLinear(d)
        self.blocks = nn.ModuleList(
            [ResidualMLPBlock(d, d_hidden_factor, hidden_dropout, residual_dropout) for _ in range(n_layers)])
        self.last_norm = nn.BatchNorm1d(d)
        self.head = nn.Linear(d, d_out)

    def forward(self, x_num: Tensor) -> Tensor:
        x = self.first_layer(x_num)
        for block in self.blocks:
            x = block(x)
        return self.head(torch.relu(self.last_norm(x)))
