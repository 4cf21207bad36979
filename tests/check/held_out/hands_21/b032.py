# residua-test: wrong target=ResBLSTMEncoder
# What is wrong: The bidirectional LSTM returns 2*dim features but the residual stream has dim, so the sum crashes; the hidden size should be dim // 2.
import torch
import torch.nn as nn


class ResBLSTMLayer(nn.Module):
    def __init__(self, dim, dropout=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.rnn = nn.LSTM(dim, dim, batch_first=True, bidirectional=True)  # expect: R154
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        y, _ = self.rnn(self.norm(x))
        return x + self.drop(y)


class ResBLSTMEncoder(nn.Module):
    """Acoustic encoder: log-mel frames (batch, frames, n_mels) -> phone logits."""

    def __init__(self, n_mels=40, dim=64, num_layers=3, num_phones=48):
        super().__init__()
        self.proj = nn.Linear(n_mels, dim)
        self.layers = nn.ModuleList([ResBLSTMLayer(dim) for _ in range(num_layers)])
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, num_phones)

    def forward(self, feats):
        h = self.proj(feats)
        for layer in self.layers:
            h = layer(h)
        return self.out(self.norm(h)).log_softmax(dim=-1)
