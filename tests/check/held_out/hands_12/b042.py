# residua-test: wrong target=ResidualBiLSTM
# What is wrong: each bidirectional layer puts out 2*hidden features while its input has `hidden`, so the shapes never match and the residual is silently never added (the projection is applied after the test)
import torch
import torch.nn as nn


class ResidualBiLSTM(nn.Module):
    """
    Stacked bi-directional LSTM encoder with residual connections between the layers.

    x: (batch, time, n_mels) -> (batch, time, hidden)
    """

    def __init__(self, n_mels=20, hidden=32, n_layers=3, dropout=0.1):
        super().__init__()
        self.input = nn.Linear(n_mels, hidden)
        self.lstms = nn.ModuleList()
        self.projs = nn.ModuleList()
        for _ in range(n_layers):
            self.lstms.append(nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True))
            self.projs.append(nn.Linear(2 * hidden, hidden))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = self.input(x)
        for lstm, proj in zip(self.lstms, self.projs):
            residual = x
            out, _ = lstm(x)
            if out.shape == residual.shape:  # expect: R102
                out = out + residual
            x = self.dropout(proj(out))
        return x
