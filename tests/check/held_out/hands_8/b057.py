# residua-test: right target=ResidualLSTM
import torch
import torch.nn as nn


class ResidualLSTM(nn.Module):
    # GNMT encoder: layer 0 is bidirectional, the residuals start at layer 2
    def __init__(self, input_size=20, hidden_size=32, num_layers=4, dropout=0.1):
        super().__init__()
        self.rnn_layers = nn.ModuleList()
        self.rnn_layers.append(nn.LSTM(input_size, hidden_size, num_layers=1, bias=True,
                                       batch_first=True, bidirectional=True))
        self.rnn_layers.append(nn.LSTM(2 * hidden_size, hidden_size, num_layers=1, bias=True, batch_first=True))
        for _ in range(num_layers - 2):
            self.rnn_layers.append(nn.LSTM(hidden_size, hidden_size, num_layers=1, bias=True, batch_first=True))
        self.dropout = nn.Dropout(p=dropout)

    def forward(self, x):
        x, _ = self.rnn_layers[0](x)
        x = self.dropout(x)
        x, _ = self.rnn_layers[1](x)
        for i in range(2, len(self.rnn_layers)):
            residual = x
            x = self.dropout(x)
            x, _ = self.rnn_layers[i](x)
            x = x + residual
        return x
