# residua-test: wrong target=ResidualRNNEncoder
# What is wrong: With bidirectional=True each LSTM gives 2 * hidden features while the skip has hidden features, nothing projects them back, so the option fails at the sum.
import torch
import torch.nn as nn


class ResidualRNNEncoder(nn.Module):
    """Stack of LSTMs with a skip around each, over log-mel frames (B, T, n_mels).

    bidirectional: read the utterance in both directions (offline models)
    """

    def __init__(self, n_mels=40, hidden=64, num_layers=3, dropout=0.1, bidirectional=False):
        super().__init__()
        self.inp = nn.Linear(n_mels, hidden)
        self.rnns = nn.ModuleList()
        self.norms = nn.ModuleList()
        for _ in range(num_layers):
            self.rnns.append(nn.LSTM(hidden, hidden, batch_first=True, bidirectional=bidirectional))
            self.norms.append(nn.LayerNorm(hidden))
        self.drop = nn.Dropout(dropout)

    def forward(self, feats):
        x = self.inp(feats)
        for rnn, norm in zip(self.rnns, self.norms):
            out, _ = rnn(norm(x))
            x = x + self.drop(out)  # expect: R114
        return x
