# residua-test: wrong target=TabularResBlock
# What is wrong: self.norm is used without being called on x (passes the module itself to linear)
import torch
from torch import nn, Tensor


class TabularResBlock(nn.Module):
    def __init__(self, d_model: int, hidden_factor: float = 2.0, p_hidden: float = 0.1, p_res: float = 0.0):
        super().__init__()
        d_hidden = int(d_model * hidden_factor)
        self.norm = nn.BatchNorm1d(d_model)
        self.fc1 = nn.Linear(d_model, d_hidden)
        self.fc2 = nn.Linear(d_hidden, d_model)
        self.act = nn.ReLU()
        self.drop1 = nn.Dropout(p_hidden)
        self.drop2 = nn.Dropout(p_res)

    def forward(self, x: Tensor) -> Tensor:
        h = self.fc1(self.norm)  # expect: R161
        h = self.drop1(self.act(h))
        h = self.drop2(self.fc2(h))
        return x + h
