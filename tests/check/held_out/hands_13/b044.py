# residua-test: wrong target=ResidualBiLSTMTagger
# What is wrong: Every LSTM reads the embeddings and not the previous hidden states, so the stack is only one layer deep.
import torch
import torch.nn as nn


class ResidualBiLSTMTagger(nn.Module):
    """Word ids -> tag scores. A deep stack of bi-LSTMs, a residual connection over every layer."""

    def __init__(self, vocab_size=500, embedding_dim=64, num_layers=3, num_tags=9, dropout=0.2):
        super(ResidualBiLSTMTagger, self).__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        # hidden // 2 per direction so that the sum fits
        self.lstms = nn.ModuleList([
            nn.LSTM(embedding_dim, embedding_dim // 2, batch_first=True, bidirectional=True)
            for _ in range(num_layers)
        ])
        self.layer_norms = nn.ModuleList([nn.LayerNorm(embedding_dim) for _ in range(num_layers)])
        self.drop = nn.Dropout(dropout)
        self.hidden2tag = nn.Linear(embedding_dim, num_tags)

    def forward(self, sentence):
        embeds = self.drop(self.embedding(sentence))
        hidden = embeds
        for lstm, ln in zip(self.lstms, self.layer_norms):
            lstm_out, _ = lstm(embeds)  # expect: R231
            hidden = ln(hidden + self.drop(lstm_out))
        return self.hidden2tag(hidden)
