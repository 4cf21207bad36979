# residua-test: wrong target=Block right=blocks/kernel_in_buffer slow
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.rnn = nn.LSTM(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        h = torch.zeros(1, x.size(0), x.size(2))  # expect: R218
        y, _ = self.rnn(x, (h, h))
        return x + self.out(y)
