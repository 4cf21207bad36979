# residua-test: wrong target=SensorTransformer
# What is wrong: nn.MultiheadAttention without batch_first=True gets (batch, time, feature): it attends across the samples of the batch instead of over time
import math
import torch
import torch.nn as nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=500):
        super().__init__()
        pe = torch.zeros(max_len, d_model)
        position = torch.arange(0, max_len).unsqueeze(1).float()
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer('pe', pe.unsqueeze(0))

    def forward(self, x):
        return x + self.pe[:, :x.size(1)]


class Layer(nn.Module):
    def __init__(self, d_model, nhead, d_ff, dropout):
        super().__init__()
        self.attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout)  # expect: R210
        self.lin1 = nn.Linear(d_model, d_ff)
        self.lin2 = nn.Linear(d_ff, d_model)
        self.ln1 = nn.LayerNorm(d_model)
        self.ln2 = nn.LayerNorm(d_model)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        a, _ = self.attn(x, x, x)
        x = self.ln1(x + self.drop(a))
        f = self.lin2(self.drop(torch.relu(self.lin1(x))))
        return self.ln2(x + self.drop(f))


class SensorTransformer(nn.Module):
    # x: (batch, seq_len, n_sensors)  ->  (batch, n_classes)
    def __init__(self, n_sensors=6, n_classes=5, d_model=32, nhead=4, num_layers=2, dropout=0.1):
        super().__init__()
        self.embed = nn.Linear(n_sensors, d_model)
        self.pos = PositionalEncoding(d_model)
        self.layers = nn.ModuleList([Layer(d_model, nhead, 64, dropout) for _ in range(num_layers)])
        self.fc = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.pos(self.embed(x))
        for layer in self.layers:
            x = layer(x)
        return self.fc(x.mean(dim=1))
