# residua-test: right target=ResidualBiLSTM
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class ResidualBiLSTM(nn.Module):
    def __init__(self, vocab=100, emb=24, hidden=16, layers=3, classes=4, p=0.2):
        super().__init__()
        self.embed = nn.Embedding(vocab, emb, padding_idx=0)
        self.rnns = nn.ModuleList()
        size = emb
        for _ in range(layers):
            self.rnns.append(nn.LSTM(size, hidden, batch_first=True, bidirectional=True))
            size = 2 * hidden
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(size, classes)

    def run(self, rnn, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = rnn(packed)
        out, _ = pad_packed_sequence(out, batch_first=True, total_length=x.size(1))
        return out

    def forward(self, ids):
        mask = ids.ne(0)
        lengths = mask.sum(1).clamp(min=1).cpu()
        x = self.embed(ids)
        for i, rnn in enumerate(self.rnns):
            y = self.run(rnn, self.drop(x), lengths)
            x = y if i == 0 else x + y
        m = mask.unsqueeze(-1).to(x.dtype)
        pooled = (x * m).sum(1) / m.sum(1).clamp(min=1)
        return self.fc(pooled)
