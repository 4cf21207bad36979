# residua-test: wrong target=ResidualRNN
# What is wrong: with bidirectional=True the LSTM gives 2 * dim features and the sum with the input fails
import torch
from torch import nn


class ResidualRNN(nn.Module):
    """Stack of residual LSTM layers over (batch, time, dim) features (handwriting OCR).

    The size of the features does not change through the stack.
    """

    def __init__(self, dim=32, n_layers=3, bidirectional=True, dropout=0.1):
        super().__init__()
        self.rnns = nn.ModuleList()
        self.norms = nn.ModuleList()
        for _ in range(n_layers):
            self.rnns.append(nn.LSTM(dim, dim, batch_first=True, bidirectional=bidirectional))
            self.norms.append(nn.LayerNorm(dim))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        for rnn, norm in zip(self.rnns, self.norms):
            y, _ = rnn(norm(x))
            x = x + self.dropout(y)  # expect: R114
        return x
