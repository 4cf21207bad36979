# residua-test: right target=SkipRNNTagger
import torch
import torch.nn as nn


class ResLSTM(nn.Module):
    def __init__(self, d, p):
        super(ResLSTM, self).__init__()
        # hidden d//2 in both directions -> d again
        self.rnn = nn.LSTM(d, d // 2, batch_first=True, bidirectional=True)
        self.ln = nn.LayerNorm(d)
        self.do = nn.Dropout(p)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.ln(x + self.do(h))


class SkipRNNTagger(nn.Module):
    def __init__(self, n_words, n_tags=7, d=32, n_layers=3, p=0.2):
        super(SkipRNNTagger, self).__init__()
        self.emb = nn.Embedding(n_words, d)
        self.rnns = nn.ModuleList([ResLSTM(d, p) for _ in range(n_layers)])
        self.out = nn.Linear(d, n_tags)

    def forward(self, ids):
        x = self.emb(ids)
        for r in self.rnns:
            x = r(x)
        return self.out(x)
