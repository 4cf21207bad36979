# residua-test: right target=ResidualLSTM
import torch
import torch.nn as nn


class ResidualLSTM(nn.Module):

    def __init__(self, input_size=10, hidden_size=32, num_layers=3, dropout=0.1):
        super(ResidualLSTM, self).__init__()
        self.num_layers = num_layers
        self.lstms = nn.ModuleList()
        self.linears = nn.ModuleList()
        for _ in range(num_layers):
            self.lstms.append(nn.LSTM(input_size, hidden_size, batch_first=True))
            self.linears.append(nn.Linear(hidden_size, input_size))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, states=None):
        # states: list of (h, c), one per layer, None = zeros
        if states is None:
            states = [None] * self.num_layers
        new_states = []
        for lstm, linear, state in zip(self.lstms, self.linears, states):
            out, state = lstm(x, state)
            x = x + linear(self.dropout(out))
            new_states.append(state)
        return x, new_states
