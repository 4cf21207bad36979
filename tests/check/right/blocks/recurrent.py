# residua-test: right target=ResidualGRU style='63 residual additions'
import torch.nn as nn


class ResidualGRU(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.rnn = nn.GRU(hidden_size, hidden_size, batch_first=True)

    def forward(self, x):
        return x + self.rnn(self.norm(x))[0]
